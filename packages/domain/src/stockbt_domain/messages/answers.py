"""What is not there, what is damaged, and what contradicts what is stored."""

ANSWERS = {
    "NO_RUN": "there is no run %(run_id)s",
    "NO_RUN.id": "there is no run with this id",
    "NO_RUN.compared": "There is no run %(run_id)s; the others are there.",
    "NO_PRESET": "there is no preset %(preset)s",
    "NO_DATA": "there is no data for %(ticker)s %(timeframe)s",
    "NO_DATA.ticker": "there is no data for this ticker; GET /api/datasets lists what there is",
    "NO_DATA.hash": "there is no data with the hash %(data_hash)s",
    "NO_RESULT_YET.rejected": "the request of run %(run_id)s was not accepted",
    "NO_CHART": "There is no such chart; there are %(names)s as .png and .svg.",
    "NO_RESULT_YET": "run %(run_id)s is %(status)s and has no result",
    "NO_RESULT_YET.compared": (
        "run %(run_id)s is %(status)s: only a SUCCEEDED run has a result to compare with"
    ),
    "DAMAGED": "the stored result of run %(run_id)s is damaged",
    "DAMAGED.gap": "piece %(piece)s of the data with the hash %(data_hash)s is missing",
    "DAMAGED.piece": "piece %(piece)s of the data with the hash %(data_hash)s is damaged",
    "RUN_ENDED": "run %(run_id)s had ended: %(status)s",
    "NAME_TAKEN": "there is a preset named %(name)s already",
    "KEY_USED": "idempotency key %(key)s came with another body before",
}
