"""The frozen backtest engine: rules, fills and trades with plain numpy."""

from .contract import UnsupportedTerms
from .engine import LegacyEngine

__all__ = ["LegacyEngine", "UnsupportedTerms"]
