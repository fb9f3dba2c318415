"""How the command ends, so that a script can tell without reading a word."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of `stockbt`; public, never changed."""

    DONE = 0
    """Done."""
    RUN_FAILED = 1
    """The run failed, its repetition gave another result, or what is stored of it was changed."""
    BAD_INPUT = 2
    """Bad usage or input: what was asked for is wrong or is not there."""
    COULD_NOT = 3
    """The system could not do it: database or server away, bad configuration, interrupted."""
