"""Stock backtests in three lines, in this process, kept in the same database as every other run.

    from stockbt import Backtest
    result = Backtest("SP500", rule="MOVING_AVERAGE_CROSS", params={"fast_period": 20}).run()
    result.metrics["sharpe_ratio"]; result.equity; result.trades; result.plot()

Importing it is light: the database, numpy and pandas are loaded when they are used.
"""

from stockbt_domain.errors import InvalidInput, Problem, StockbtError

from .backtest import Backtest, BacktestFailed
from .result import Chart, Result

__all__ = ["Backtest", "BacktestFailed", "Chart", "InvalidInput", "Problem", "Result", "StockbtError"]
