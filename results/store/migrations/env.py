"""Alembic runs this to migrate; `results.store.database` gives it the connection."""

from alembic import context

from results.store.tables import Table

VERSION_TABLE = "study_alembic_version"  # Optuna's own is alembic_version, in the same database


def _ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "table" or name in Table.metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    version_table=VERSION_TABLE,
    include_name=_ours,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
