"""How a worker process ends, so that whoever started it can tell without reading a log."""

from enum import IntEnum


class Exit(IntEnum):
    """The worker's exit codes. Those of the Job's podFailurePolicy are never changed."""

    DONE = 0
    """The row is SUCCEEDED."""
    BAD_CONFIGURATION = 2
    """A setting is wrong; the log names its variable."""
    SYSTEM_ERROR = 10
    """The row is FAILED with a system error."""
    USER_ERROR = 11
    """The row is FAILED with a user error: another try cannot help."""
    SUPERSEDED = 12
    """The run had ended or is another worker's; nothing was written."""
    TRY_AGAIN = 75
    """Stopped, or the database stayed away: the run is left to the next attempt."""
