"""What a network is called while it is trained: as the results will call it."""

from sqlalchemy import func, select

from results.store.tables import TrialRunRow
from search_spaces import Configuration, reference
from study.driver.ledger import Ledger


def title_of(configuration: Configuration, study: str, ledger: Ledger, *, on_the_way: bool = False) -> str:
    """'CNN and LSTM', or 'trial 6' for a network of the search, by the first trial that had it. `on_the_way`: one
    of the book's keeps its name after each of its epochs."""
    known = ledger.reference_of(configuration, on_the_way=on_the_way)
    if known is not None:
        return reference(known).title
    statement = select(func.min(TrialRunRow.number)).where(
        TrialRunRow.study == study,
        TrialRunRow.configuration == configuration.fingerprint,
        TrialRunRow.number >= 0,  # below are the leaders' further seeds
    )
    with ledger.store.session() as session:
        number = session.scalar(statement)
    return "network" if number is None else f"trial {number}"
