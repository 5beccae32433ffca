"""averages"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "averages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study", sa.String(), nullable=False),
        sa.Column("candidates", sa.String(length=64), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("cpu_seconds", sa.JSON(), nullable=False),
        sa.Column("validation_accuracy", sa.Double(), nullable=False),
        sa.Column("test_texts", sa.Integer(), nullable=False),
        sa.Column("test_accuracy", sa.Double(), nullable=False),
        sa.Column("hits", sa.LargeBinary(), nullable=False),
        sa.Column("confusion", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("scored", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["study"], ["study_terms.name"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("study", "candidates"),
    )


def downgrade() -> None:
    op.drop_table("averages")
