"""What a finished backtest gives to Python: figures, pandas objects and pictures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]  # its types are a package of their own
    from stockbt_domain.result import Result as StoredResult


class Chart:
    """A picture that a notebook shows; `png` holds its bytes and `save` writes them to a file."""

    def __init__(self, name: str, png: bytes) -> None:
        self.name = name
        self.png = png

    def _repr_png_(self) -> bytes:
        return self.png

    def __repr__(self) -> str:
        return f"<Chart {self.name}, {len(self.png):,} bytes of PNG>"

    def save(self, path: str | Path) -> Path:
        """Write the picture as a PNG file and return its path."""
        target = Path(path)
        target.write_bytes(self.png)
        return target


class Result:
    """The result of a succeeded run.

    `run` is the run as `GET /status` gives it, without its series; `metrics` maps each figure's name to
    a number, or None where it is undefined: percentages in percent, durations in calendar days, amounts
    in money. `warnings` are what limits the result, each with `code` and `message`.
    """

    def __init__(self, run: Mapping[str, Any], stored: StoredResult) -> None:
        self.run: dict[str, Any] = dict(run)
        self._stored = stored

    @property
    def run_id(self) -> str:
        """The run's id, for `stockbt runs show`."""
        return str(self.run["run_id"])

    @property
    def status(self) -> str:
        """SUCCEEDED."""
        return str(self.run["status"])

    @property
    def metrics(self) -> dict[str, float | int | None]:
        """Every figure by name; None where it is undefined."""
        return dict(self.run["metrics"])

    @property
    def warnings(self) -> list[dict[str, str]]:
        """What limits the result, the most serious first."""
        return list(self.run["warnings"])

    @cached_property
    def equity(self) -> pd.Series:
        """Cash plus position at each bar's close, in money; float64, indexed by time in UTC (naive)."""
        import numpy as np
        import pandas as pd

        curve = self._stored.equity_curve
        index = pd.DatetimeIndex(np.array(curve["time"], dtype=np.int64).view("M8[us]"), name="time")
        return pd.Series(np.array(curve["equity"], dtype=np.float64), index=index, name="equity")

    @cached_property
    def trades(self) -> pd.DataFrame:
        """One row a round trip in order of entry; an open trade is the last, without exit.

        `side` is BUY or SELL, `size` in shares, prices are fill prices, fees and `pnl_abs` in money,
        `pnl_pct` in percent of the entry's value, `holding_period` in calendar days; time stamps are
        datetime64 in UTC (naive), NaT for a trade that is still open.
        """
        import numpy as np
        import pandas as pd
        from stockbt_domain.columns import BUY, LONG, NO_TIME, SELL

        columns: dict[str, Any] = {name: np.array(c) for name, c in self._stored.trades.items()}
        columns["side"] = np.where(columns["side"] == LONG, BUY, SELL)
        for name in ("entry_timestamp", "exit_timestamp"):
            times = columns[name].astype(np.int64).view("M8[us]")
            columns[name] = np.where(columns[name] == NO_TIME, np.datetime64("NaT", "us"), times)
        return pd.DataFrame(columns)

    def plot(self, chart: str = "equity") -> Chart:
        """Return a picture: equity, drawdown, portfolio, trade_pnl or cumulative_return.

        Raises ValueError for a chart that there is not.
        """
        from stockbt_reporting.charts import draw

        run = self.run
        title = f"{run['ticker']} {run['rule_type']} {run['start_date']} to {run['end_date']}"
        return Chart(chart, draw(chart, self._stored, title, format="png"))

    def __repr__(self) -> str:
        from stockbt_domain.figure_text import figure_text

        run, metrics = self.run, self.metrics
        total = figure_text(metrics["total_return_pct"], "percent")
        return (
            f"<Result {run['ticker']} {run['rule_type']} {run['start_date']} to {run['end_date']}: "
            f"{total}, {metrics['num_trades']} closed trades, run {self.run_id}>"
        )

    def _repr_html_(self) -> str:
        from stockbt_cli.printing import figure_rows

        run = self.run
        title = f"{run['ticker']} {run['rule_type']} {run['start_date']} to {run['end_date']}"
        rows = "".join(
            f"<tr><th>{escape(words)}</th><td>{number}</td><td>{unit}</td></tr>"
            for words, number, unit in figure_rows(self.metrics)
        )
        notes = "".join(f"<li>{escape(warning['message'])}</li>" for warning in self.warnings)
        picture = base64.b64encode(self.plot().png).decode()
        return (
            f"<h4>{escape(title)}</h4><img alt='equity' src='data:image/png;base64,{picture}'>"
            f"<table>{rows}</table><ul>{notes}</ul>"
        )
