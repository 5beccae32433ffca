"""Failed trials in a row: where one cause ends trial after trial, the next configuration would fare no better."""

from study.errors import OutOfMemory, StudyError, TrialError, WorkerDied

IN_A_ROW = 3
CAUSES: dict[type[TrialError], str] = {
    WorkerDied: "lost their workers",
    OutOfMemory: "ran out of memory",
    TrialError: "diverged",
}


class Failures:
    """Those with no trial in between that ended otherwise."""

    def __init__(self) -> None:
        self._cause: str | None = None
        self._runs: set[str] = set()

    def none(self) -> None:
        """A trial ended well."""
        self._runs.clear()

    def one(self, run: str, error: TrialError) -> None:
        """A trial failed, of the run of this key; trials of one run count once. Raises StudyError at the third."""
        cause = next(words for kind, words in CAUSES.items() if isinstance(error, kind))
        if cause != self._cause:
            self._runs.clear()
        self._cause = cause
        self._runs.add(run)
        if len(self._runs) == IN_A_ROW:
            self._runs.clear()
            raise StudyError(
                f"{IN_A_ROW} trials in a row {cause}, so the study stops; of the last one: {error}. Everything is "
                "kept; the same command tries the next trials"
            )
