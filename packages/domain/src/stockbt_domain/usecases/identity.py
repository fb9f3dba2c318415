"""What a stored run computes: its terms, and the key that identical runs share."""

import json

from ..reproducibility import run_key
from ..rules import RULES_BY_NAME
from ..run import Run
from ..terms import Terms


def terms_of(run: Run) -> Terms:
    """Return the terms of a stored valid run."""
    assert run.rule_type is not None and run.initial_capital is not None, run.run_id
    assert run.fee_rate is not None and run.slippage_bps is not None, run.run_id
    assert run.size_type is not None and run.position_size is not None, run.run_id
    assert run.direction is not None and run.execution is not None, run.run_id
    rule = RULES_BY_NAME[run.rule_type]
    return Terms(
        rule.name,
        rule.complete(json.loads(run.params_text or "{}")),
        run.initial_capital,
        run.fee_rate,
        run.slippage_bps,
        run.size_type,
        run.position_size,
        run.direction,
        run.execution,
    )


def key_of(run: Run, engine_digest: str) -> str:
    """Return the run_key of a stored valid run for an engine."""
    assert run.data_hash is not None and run.timeframe is not None, run.run_id
    assert run.start_date is not None and run.end_date is not None, run.run_id
    return run_key(
        terms_of(run),
        data_hash=run.data_hash,
        adjusted=run.adjusted,
        timeframe=run.timeframe,
        start_date=run.start_date,
        end_date=run.end_date,
        engine=run.engine,
        engine_digest=engine_digest,
    )
