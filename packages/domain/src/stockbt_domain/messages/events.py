"""Why a run went on; an event that ends it as FAILED has the failure's code and sentence instead."""

EVENTS = {
    "EVENT.submitted": "submitted",
    "EVENT.claimed": "claimed by a worker",
    "EVENT.taken_over": "taken over from a lost worker",
    "EVENT.reused": "reused the result of run %(run_id)s",
    "EVENT.finished": "finished",
}
