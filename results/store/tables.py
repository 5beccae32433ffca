"""What is kept: SQLAlchemy tables. Optuna's own tables live in the same database and are never touched here.

corpora ─┬─< runs ─┬─< epochs
splits ──┘         └─< finals ─< predictions
configurations ─< trial_runs: which run answers a trial of Optuna's
study_terms ─< baselines: what a study was begun with; linear classifiers on the same texts
study_terms ─< averages: of the probabilities of finals and baselines
leases: who drives a study now
test_openings: when, by which command and for what the sealed test part was read
invocations: every command that wrote, and how it ended
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    ForeignKey,
    FromClause,
    Insert,
    LargeBinary,
    String,
    UniqueConstraint,
    bindparam,
    exists,
    insert,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

Fingerprint = String(64)


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def insert_missing(table: FromClause, *key: str, where: Sequence[ColumnElement[bool]] = ()) -> Insert:
    """Inserts the row whose columns are the parameters, unless there is one with this key.

    `where` may ask for more. What has a default is to be given, a key that the database counts is not. The number
    of rows says whether there is a new one. For one writer: two at once may both find none.
    """
    names = [column.name for column in table.c if column.name in key or not column.primary_key]
    there = exists().where(*(table.c[name] == bindparam(name, type_=table.c[name].type) for name in key))
    row = select(*(bindparam(name, type_=table.c[name].type) for name in names)).where(~there, *where)
    return insert(table).from_select(names, row, include_defaults=False)  # type: ignore[arg-type]


class UtcTime(TypeDecorator[datetime]):
    """SQLite keeps no time zone: write UTC, read UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class Table(DeclarativeBase):
    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON, list[list[int]]: JSON(none_as_null=True)}  # noqa: RUF012  (SQLAlchemy reads it)


class CorpusRow(Table):
    """A prepared corpus. `card` is what is known of it, as in the cache's card.json."""

    __tablename__ = "corpora"
    fingerprint: Mapped[str] = mapped_column(Fingerprint, primary_key=True)
    name: Mapped[str]
    stand_in: Mapped[bool]
    card: Mapped[dict[str, Any]]


class SplitRow(Table):
    """Which texts of the training half are trained on and which validate."""

    __tablename__ = "splits"
    fingerprint: Mapped[str] = mapped_column(Fingerprint, primary_key=True)
    words: Mapped[str]
    split: Mapped[dict[str, Any]]


class ConfigurationRow(Table):
    """A configuration. `reference` is the reference network it is, if any."""

    __tablename__ = "configurations"
    fingerprint: Mapped[str] = mapped_column(Fingerprint, primary_key=True)
    run_fingerprint: Mapped[str] = mapped_column(Fingerprint, index=True)
    configuration: Mapped[dict[str, Any]]
    words: Mapped[str]
    reference: Mapped[str | None]
    parameters: Mapped[int]


class RunRow(Table):
    """One configuration (but for its epochs) x one seed x one corpus split."""

    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("run_fingerprint", "seed", "corpus", "split"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run_fingerprint: Mapped[str] = mapped_column(Fingerprint)
    seed: Mapped[int]
    corpus: Mapped[str] = mapped_column(ForeignKey(CorpusRow.fingerprint))
    split: Mapped[str] = mapped_column(ForeignKey(SplitRow.fingerprint))


class EpochRow(Table):
    """One trained epoch. Losses are means a text, accuracies fractions, times seconds; validation is NULL where
    the split has none, what a confusion matrix decides also where an older version trained it;
    `validation_metrics` has by name what of that has no column."""

    __tablename__ = "epochs"
    run: Mapped[int] = mapped_column(ForeignKey(RunRow.id), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    train_loss: Mapped[float]
    train_accuracy: Mapped[float]
    validation_loss: Mapped[float | None]
    validation_accuracy: Mapped[float | None]
    seconds: Mapped[float]
    cpu_seconds: Mapped[float]
    peak_memory_mb: Mapped[float]
    worker: Mapped[str]
    finished: Mapped[datetime] = mapped_column(default=now)
    validation_balanced_accuracy: Mapped[float | None]
    validation_macro_f1: Mapped[float | None]
    validation_metrics: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class StudyTermsRow(Table):
    """What a study was begun with; going on with anything else is refused."""

    __tablename__ = "study_terms"
    name: Mapped[str] = mapped_column(primary_key=True)
    corpus: Mapped[str] = mapped_column(ForeignKey(CorpusRow.fingerprint))
    split: Mapped[str] = mapped_column(ForeignKey(SplitRow.fingerprint))
    terms: Mapped[dict[str, Any]]
    begun: Mapped[datetime] = mapped_column(default=now)


class TrialRunRow(Table):
    """Which run answers an Optuna trial. `trained` counts the epochs it had trained for itself; the rest of
    its epochs came from the store. Numbers below 0 are no trials: they judge a leader on a further seed."""

    __tablename__ = "trial_runs"
    study: Mapped[str] = mapped_column(ForeignKey(StudyTermsRow.name), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    configuration: Mapped[str] = mapped_column(ForeignKey(ConfigurationRow.fingerprint))
    run: Mapped[int] = mapped_column(ForeignKey(RunRow.id))
    trained: Mapped[int] = mapped_column(default=0)


class TestOpeningRow(Table):
    """One reading of the sealed test part, written before it is read. Those of baselines have no run."""

    __tablename__ = "test_openings"
    id: Mapped[int] = mapped_column(primary_key=True)
    invocation: Mapped[int] = mapped_column(ForeignKey("invocations.id"))
    configuration: Mapped[str | None] = mapped_column(ForeignKey(ConfigurationRow.fingerprint))
    run: Mapped[int | None] = mapped_column(ForeignKey(RunRow.id))
    purpose: Mapped[str]
    opened: Mapped[datetime] = mapped_column(default=now)


class FinalRow(Table):
    """A configuration trained with one seed and scored once on the sealed test part.

    `kind` is `final`, or `reading` for an epoch on the way that is scored for its curve alone. `confusion` counts
    the texts, a list a label and in it a count a predicted class; NULL where an older version scored it.
    """

    __tablename__ = "finals"
    __table_args__ = (UniqueConstraint("study", "configuration", "run"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    study: Mapped[str] = mapped_column(ForeignKey(StudyTermsRow.name))
    configuration: Mapped[str] = mapped_column(ForeignKey(ConfigurationRow.fingerprint))
    run: Mapped[int] = mapped_column(ForeignKey(RunRow.id))
    kind: Mapped[str] = mapped_column(default="final")
    test_texts: Mapped[int]
    test_loss: Mapped[float]
    test_accuracy: Mapped[float]
    scored: Mapped[datetime] = mapped_column(default=now)
    confusion: Mapped[list[list[int]] | None]


class PredictionRow(Table):
    """A final's class probabilities on the test part, float32 [texts, 1 or classes], in the order of the texts.

    `hits`: whether each text was told right, bits [texts], the first text in the highest bit (numpy.packbits). In
    an archive `probabilities` is bits of that kind too: results.evidence.predictions.
    """

    __tablename__ = "predictions"
    final: Mapped[int] = mapped_column(ForeignKey(FinalRow.id), primary_key=True)
    probabilities: Mapped[bytes] = mapped_column(LargeBinary)
    hits: Mapped[bytes] = mapped_column(LargeBinary)


class BaselineRow(Table):
    """A linear classifier, its settings chosen on the validation part, scored once on the sealed test part.

    `hits` as of a final's predictions, `confusion` as of a final; `seconds` is all the time it took, the choice of
    its settings included.
    """

    __tablename__ = "baselines"
    __table_args__ = (UniqueConstraint("study", "kind"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    study: Mapped[str] = mapped_column(ForeignKey(StudyTermsRow.name))
    kind: Mapped[str]
    settings: Mapped[dict[str, Any]]
    validation_accuracy: Mapped[float]
    test_texts: Mapped[int]
    test_accuracy: Mapped[float]
    hits: Mapped[bytes] = mapped_column(LargeBinary)
    seconds: Mapped[float]
    confusion: Mapped[list[list[int]] | None]


class AverageRow(Table):
    """Class probabilities of several of a study's models averaged, the weights chosen on the validation part,
    scored once on the sealed test part.

    `candidates`: a fingerprint of what was chosen among. `members`: `networks`, a list of configuration, seeds
    and weight, the seeds sharing it; `linear`, a list of kind, settings and weight. `cpu_seconds`: of each
    candidate (configuration or kind; one seed of a network), to predict 1,000 texts. `hits` and `confusion` as of
    a baseline.
    """

    __tablename__ = "averages"
    __table_args__ = (UniqueConstraint("study", "candidates"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    study: Mapped[str] = mapped_column(ForeignKey(StudyTermsRow.name))
    candidates: Mapped[str] = mapped_column(Fingerprint)
    members: Mapped[dict[str, Any]]
    cpu_seconds: Mapped[dict[str, Any]]
    validation_accuracy: Mapped[float]
    test_texts: Mapped[int]
    test_accuracy: Mapped[float]
    hits: Mapped[bytes] = mapped_column(LargeBinary)
    confusion: Mapped[list[list[int]]]
    scored: Mapped[datetime] = mapped_column(default=now)


class LeaseRow(Table):
    """Who drives a study now. One row a study at most; a stale one is taken over."""

    __tablename__ = "leases"
    study: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    taken: Mapped[datetime] = mapped_column(default=now)
    renewed: Mapped[datetime] = mapped_column(default=now)


class InvocationRow(Table):
    """A command that wrote to this database. `exit_status` is NULL while it runs, or where it was killed."""

    __tablename__ = "invocations"
    id: Mapped[int] = mapped_column(primary_key=True)
    command: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    environment: Mapped[dict[str, Any]]
    started: Mapped[datetime] = mapped_column(default=now)
    ended: Mapped[datetime | None]
    exit_status: Mapped[int | None]
