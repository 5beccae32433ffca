"""A study that got another name in Optuna's tables gets it in ours."""

from sqlalchemy import delete, insert, select, update

from results.store.database import Store
from results.store.tables import AverageRow, BaselineRow, FinalRow, StudyTermsRow, TrialRunRow


def rename(store: Store, old: str, new: str) -> None:
    """Gives all that is kept of study `old` to study `new`, in one transaction. Nothing where there is none."""
    with store.session() as session:
        columns = StudyTermsRow.__table__.columns
        row = session.execute(select(*columns).where(StudyTermsRow.name == old)).mappings().first()
        if row is None:
            return
        session.execute(insert(StudyTermsRow).values({**row, "name": new}))
        for table in (TrialRunRow, FinalRow, BaselineRow, AverageRow):
            session.execute(update(table).where(table.study == old).values(study=new))
        session.execute(delete(StudyTermsRow).where(StudyTermsRow.name == old))
