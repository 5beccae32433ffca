"""What can go wrong, and what follows from it.

StudyError                 anything this program reports in one line
├── InputError             bad input: stop, exit status 2
│   └── Refused            well-formed, but must not be done: stop, exit status 2
├── LeaseLost              another driver has the study by now: stop, write nothing more
└── TrialError             record this trial as failed and go on with the next
    ├── OutOfMemory        there was not enough memory for it
    └── WorkerDied         its worker was lost over it
"""


class StudyError(Exception):
    """Base of all errors this program reports in one line, without a traceback."""


class InputError(StudyError):
    """Bad input from the user. The message says what was expected, what came and what to do."""


class Refused(InputError):  # noqa: N818 - reads as a verdict: `except Refused`
    """Something that must not be mixed or shared: another corpus, split or space, or a second driver."""


class LeaseLost(StudyError):  # noqa: N818 - says what happened
    """The study was taken over by another driver while this one was silent."""


class TrialError(StudyError):
    """One trial cannot go on, say because its loss became NaN. The study goes on without it."""


class OutOfMemory(TrialError):  # noqa: N818 - says what happened
    """Memory ran out in the process that trained or scored, which lives on."""


class WorkerDied(TrialError):  # noqa: N818 - says what happened
    """The worker of a task died under it, again when it was tried anew; most often out of memory."""
