"""Why a run failed, by its `error_code`; what its launcher says of it is in `launches`."""

FAILURES = {
    "INVALID_PARAMS": "The request was not valid when it came.",
    "NO_DATA_IN_RANGE": "%(ticker)s has no bar from %(start)s to %(end)s.",
    "TOO_FEW_BARS": ("%(rule)s needs %(needed)s bars to warm up with these parameters; there are %(bars)s."),
    "OUT_OF_MEMORY": "The run needs more memory than there is; choose a shorter range.",
    "ENGINE_ERROR": "The engine failed on this input; the log has the details under this run's id.",
    "ENGINE_ERROR.data": "The stored data cannot be read: %(detail)s",
    "ENGINE_ERROR.unknown": "The worker has no engine %(name)s; it has %(known)s.",
    "ENGINE_ERROR.source": "The source of %(module)s is not there to be digested.",
    "DATA_HASH_MISMATCH": (
        "The stored data is not the data that this run was pinned to; import the file again."
    ),
    "NO_RESULT": "The worker ended well but stored no result; run again.",
    "WORKER_LOST": "The worker ended without a result.",
    "WORKER_LOST.launches": "The run lost its worker after %(count)s launches; run again.",
    "START_DEADLINE": "The worker did not start in time; check its image and the free room, then run again.",
    "START_DEADLINE.launches": "The run never started after %(count)s launches; run again.",
    "START_DEADLINE.queue": (
        "The run waited %(hours)s hours in line and there was no room; see what holds the places, then run "
        "again."
    ),
    "DEADLINE_EXCEEDED": (
        "The run took longer than %(seconds)s seconds and was stopped; choose a shorter range or a longer "
        "bar."
    ),
    "CANCELLED": "The run was cancelled before it ended.",
}
