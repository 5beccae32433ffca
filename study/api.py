"""A study from Python: what the command line does, as an object. See docs/api.md."""

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from study.config import StudyConfig, load_config
from study.environment import expanded
from study.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from results.answer.decision import Decision
    from search_spaces import Configuration
    from study.bundle import Bundle


UNGUARDED = (
    'the workers did not start; expected run() below `if __name__ == "__main__":`, since each worker reads the '
    "script that calls it; or give workers=1"
)


@dataclass(frozen=True)
class Best:
    """What to use of a study, and its best network, by what was searched for (among those with finals, where there
    are any).

    answer               what to use, which may be a linear model; `print(best.answer.verdict)`

    trial                the first that found it
    words                its layers and recipe
    configuration        the same as a value
    validation_accuracy  a fraction; of the search, so it flatters the best of many
    test_accuracy        the mean over the seeds of its finals; None without finals
    seeds                how many those are
    """

    answer: "Decision"
    trial: int
    words: str
    configuration: "Configuration"
    validation_accuracy: float
    test_accuracy: float | None
    seeds: int


class Study:
    """A study: run it, look at it, take networks out of it. What is kept in its database is not done again.

    `corpus`: auto, imdb, stand-in, a path, or a pandas DataFrame with its columns `text` (one or several) and
    `label`, guessed by their names where not given. Or `texts` and `labels`, of the same length. Texts in memory
    are written into the cache, once. `profile`: quick, standard or thorough. `config`: a TOML file. `settings` are
    those of `study.config.StudyConfig` (space, trials, budget, workers, name, database, ...), with a dict for a
    table: `finals={"seeds": 5}`, and `space` also as a function `suggest(trial, recipe)`. Raises InputError,
    naming the setting, for anything else.
    """

    def __init__(
        self,
        corpus: "str | Path | pd.DataFrame | None" = None,
        *,
        texts: Sequence[str] | None = None,
        labels: Sequence[Any] | None = None,
        text: str | Sequence[str] | None = None,
        label: str | None = None,
        profile: str | None = None,
        config: str | Path | None = None,
        **settings: Any,
    ) -> None:
        given = {"profile": profile, **settings}
        if isinstance(corpus, str | Path):
            given["corpus"] = str(corpus)
        if "database" in settings:
            given["database"] = str(settings["database"])
        told = {key: value for key, value in given.items() if value is not None}
        file = Path(expanded(config)) if config else None
        self.config: StudyConfig = load_config(file, told)
        in_memory = _in_memory(self.config, corpus, texts, labels, text, label)
        if in_memory:
            self.config = load_config(file, told | in_memory)
        self._name = self.config.name

    @classmethod
    def open(cls, database: str | Path = "runs/study.db", name: str | None = None, **settings: Any) -> "Study":
        """A study that is in a database already, by default the newest there, without its corpus at hand.

        Raises StoreError where there is none.
        """
        from results.evidence.evidence import chosen
        from results.store.database import open_store

        with open_store(expanded(database)) as store:
            return cls(database=database, name=chosen(store, name), **settings)

    @property
    def name(self) -> str:
        """Its name in the database. Where none was given it has the corpus's in it, which is then prepared."""
        if self._name is None:
            from study.jobs.session import obtained
            from study.progress.watcher import Silent

            self._name = self.config.study_name(obtained(self.config, Silent()).card.name)
        return self._name

    def run(self, *, search: bool = True, quiet: bool = False) -> "Study":
        """Corpus, search and finals, or what is left of them; without `search` the finals alone. Returns itself.

        Progress goes to the standard output unless `quiet`. In a script that uses several workers, call it below
        `if __name__ == "__main__":`, since each of them reads the script; InputError says so where it is not.
        """

        from study.jobs.study import run_study
        from study.progress.terminal import standard_console, view_for
        from study.progress.watcher import Silent

        if getattr(multiprocessing.current_process(), "_inheriting", False):
            raise SystemExit(1)  # a worker that reads the script and came upon this call; see below

        def job(watch: Any) -> str:
            try:
                return run_study(self.config, ("Study.run()",), watch, search_too=search)
            except RuntimeError as error:
                if "failed to start" not in str(error):
                    raise
                raise InputError(UNGUARDED) from error

        if quiet:
            self._name = job(Silent())
        else:
            with view_for(standard_console()) as view:
                self._name = job(view)
        return self

    @property
    def trials(self) -> "pd.DataFrame":
        """One row a trial; the columns are those of `results.evidence.frames.TRIALS`."""
        return self._frame("trials")

    @property
    def epochs(self) -> "pd.DataFrame":
        """One row an epoch of every run; the columns are those of `results.evidence.frames.EPOCHS`."""
        return self._frame("epochs")

    @property
    def finals(self) -> "pd.DataFrame":
        """One row a configuration and seed scored on the test part; columns `results.evidence.frames.FINALS`."""
        return self._frame("finals")

    @property
    def best(self) -> Best:
        """What to use, and the best network. Raises InputError while no trial is complete."""
        from results.answer.decision import decide
        from results.evidence.evidence import gather
        from results.store.database import open_store
        from study.bundle.choice import BEST, choose

        with open_store(self.config.database) as store:
            evidence = gather(store, self.name)
            chosen, decision = choose(store, evidence, BEST), decide(evidence)
        assert decision is not None  # choose found a network
        ranked = evidence.by_objective
        row = ranked[ranked["configuration"] == chosen.fingerprint].iloc[0]
        scores = evidence.finals.loc[evidence.finals["configuration"] == chosen.fingerprint, "test_accuracy"]
        return Best(
            answer=decision,
            trial=int(row["number"]),
            words=str(row["words"]),
            configuration=chosen.run.configuration,
            validation_accuracy=float(row["validation_accuracy"]),
            test_accuracy=float(scores.mean()) if len(scores) else None,
            seeds=len(scores),
        )

    def comparisons(self) -> "pd.DataFrame":
        """One row a pair of configurations with finals; the columns: `results.statistics.comparisons.PAIRWISE`."""
        from results.evidence import frames, predictions
        from results.statistics.comparisons import pairwise
        from results.store.database import open_store

        with open_store(self.config.database) as store:
            return pairwise(frames.finals(store, self.name), predictions.correct(store, self.name))

    def errors(self, which: str | int = "best") -> "pd.DataFrame":
        """The test texts that a model told wrong, the surest first; the columns: `study.jobs.mistakes.MISTAKES`.

        `which` as for `export`. Raises InputError where it has no finals.
        """
        from results.store.database import open_store
        from study.corpus.prepared.cache import default_cache
        from study.jobs.mistakes import mistakes

        with open_store(self.config.database) as store:
            return mistakes(store, self.name, self.config.cache or default_cache(), str(which)).frame

    def report(self, path: str | Path | None = None) -> Path:
        """Writes the report, one HTML file, and returns its path."""
        from results.report.report import build_report
        from results.store.database import open_store

        with open_store(self.config.database) as store:
            return build_report(store, self.name, Path(expanded(path)) if path else self.config.report)

    def export(
        self,
        which: str | int = "best",
        folder: str | Path = "runs/model",
        *,
        word_index: str | Path | None = None,
        force: bool = False,
    ) -> "Bundle":
        """Writes a model as a bundle and opens it. `which`: best, a trial's number, a configuration, a linear
        baseline (tf-idf, nb-svm), or ensemble, the average of several.

        See `study.bundle.export.export`. Raises InputError and its kin.
        """
        from results.store.database import open_store
        from study.bundle import open_bundle
        from study.bundle.export import export
        from study.corpus.prepared.cache import default_cache

        with open_store(self.config.database) as store:
            written = export(
                store,
                self.name,
                str(which),
                Path(expanded(folder)),
                states=self.config.states,
                cache=self.config.cache or default_cache(),
                word_index=Path(expanded(word_index)) if word_index else self.config.word_index,
                force=force,
            )
        return open_bundle(written)

    def _frame(self, kind: str) -> "pd.DataFrame":
        from results.evidence import frames
        from results.store.database import open_store

        with open_store(self.config.database) as store:
            frame: pd.DataFrame = getattr(frames, kind)(store, self.name)
            return frame

    def __repr__(self) -> str:
        return f"Study({self._name or self.config.corpus!r}, database={self.config.database!r})"


def _in_memory(
    config: StudyConfig,
    corpus: object,
    texts: Sequence[str] | None,
    labels: Sequence[Any] | None,
    text: str | Sequence[str] | None,
    label: str | None,
) -> dict[str, Any]:
    """The settings that name the table of texts that were given themselves; none where none were."""
    frame = None if corpus is None or isinstance(corpus, str | Path) else corpus
    if frame is not None and not (hasattr(frame, "columns") and hasattr(frame, "iloc")):
        raise InputError(f"expected a corpus by its name or path, or a DataFrame, got {type(frame).__name__}")
    if (texts is None) != (labels is None) or (texts is not None and corpus is not None):
        raise InputError("expected both texts= and labels=, and no corpus beside them; or a corpus alone")
    if frame is None and (text is not None or label is not None):
        raise InputError("expected text= and label= with a DataFrame; of a path: text_column= and label_column=")
    if frame is None and texts is None:
        return {}
    from study.corpus.in_memory import of_frame, of_lists
    from study.corpus.prepared.cache import default_cache

    cache = config.cache or default_cache()
    path, (columns, labelled) = (
        of_frame(cast("pd.DataFrame", frame), text, label, cache)
        if texts is None or labels is None
        else of_lists(texts, labels, cache)
    )
    as_written = {"header": True, "encoding": "utf-8"}
    return {"corpus": str(path), "text_column": columns, "label_column": labelled, **as_written}
