"""The studies of a database: their names, what they were begun with, what they search for."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from results.metrics.objectives import ACCURACY, Objective, searched_for
from results.store.database import Store
from results.store.tables import CorpusRow, SplitRow, StudyTermsRow

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial


def study_names(store: Store) -> list[str]:
    """The studies in this database, the newest first. An ablation is none of its own: a study's report has it."""
    with store.session() as session:
        rows = session.scalars(select(StudyTermsRow).order_by(StudyTermsRow.begun.desc()))
        return [row.name for row in rows if "ablation" not in row.terms]


def terms(store: Store, study: str) -> dict[str, Any]:
    """What the study was begun with: `corpus` (its card), `split` (in words), `training_texts` (how many of the
    training half it uses, None for all), `terms`, `begun`."""
    statement = (
        select(StudyTermsRow, CorpusRow.card, SplitRow)
        .join(CorpusRow, CorpusRow.fingerprint == StudyTermsRow.corpus)
        .join(SplitRow, SplitRow.fingerprint == StudyTermsRow.split)
        .where(StudyTermsRow.name == study)
    )
    with store.session() as session:
        row, card, split = session.execute(statement).one()
        return {
            "corpus": card,
            "split": split.words,
            "training_texts": split.split.get("training_texts"),
            "terms": row.terms,
            "begun": row.begun,
        }


def begun_with(store: Store, study: str) -> dict[str, Any] | None:
    """The settings that the study keeps to, as they were written down; None where there is no such study."""
    with store.session() as session:
        return session.scalar(select(StudyTermsRow.terms).where(StudyTermsRow.name == study))


def split_of(store: Store, study: str) -> dict[str, Any] | None:
    """How the study cuts the training half, as it was written down; None where there is no such study."""
    with store.session() as session:
        own = StudyTermsRow.name == study
        return session.scalar(select(SplitRow.split).join(StudyTermsRow).where(own))


SEARCH, REPRODUCTION, QUESTIONS = "search", "reproduction", "questions"


def kind_of(begun_with: dict[str, Any]) -> str:
    """What a study begun with these terms does: a search with its finals, a reproduction of published networks, or
    the open questions. A reproduction says its recipe in a sentence, the others keep it as a value."""
    if "questions" in begun_with:
        return QUESTIONS
    return REPRODUCTION if isinstance(begun_with.get("recipe"), str) else SEARCH


def searched(store: Store, study: str) -> "tuple[list[FrozenTrial], tuple[Objective, ...]]":
    """Optuna's trials of the study by number, none where it ended before they were begun; and what it searches
    for."""
    import optuna

    storage = store.optuna_storage()
    try:
        try:
            found = optuna.load_study(study_name=study, storage=storage)
        except KeyError:  # ended between noting its terms and Optuna's study: begun, without trials
            return [], (ACCURACY,)
        return found.get_trials(deepcopy=False), searched_for(found)
    finally:
        storage.remove_session()


def new_study(**options: Any) -> "optuna.Study":
    """Optuna's `create_study`, without the line in which it tells of it."""
    import optuna

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(**options)
    finally:
        optuna.logging.set_verbosity(verbosity)
