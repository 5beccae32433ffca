"""metrics by class"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("epochs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("validation_balanced_accuracy", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("validation_macro_f1", sa.Double(), nullable=True))

    with op.batch_alter_table("finals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confusion", sa.JSON(), nullable=True))

    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confusion", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.drop_column("confusion")

    with op.batch_alter_table("finals", schema=None) as batch_op:
        batch_op.drop_column("confusion")

    with op.batch_alter_table("epochs", schema=None) as batch_op:
        batch_op.drop_column("validation_macro_f1")
        batch_op.drop_column("validation_balanced_accuracy")
