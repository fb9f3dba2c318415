"""Every sentence of the product that may have values in it, in English, by its code.

What stands before the first point of a code is public: the code of the problem, failure, caveat or finding
that says it. What stands after it tells the sentences of one code apart, and is nobody else's business.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .answers import ANSWERS
from .caveats import CAVEATS
from .events import EVENTS
from .failures import FAILURES
from .launches import LAUNCHES, PARTS_OF_LAUNCHES
from .prices import FINDINGS, PARTS_OF_FINDINGS, PRICE_FILES
from .requests import PARTS_OF_REQUESTS, REQUESTS
from .uncertainty import PARTS_OF_UNCERTAINTY, UNCERTAINTY

PARTS: Mapping[str, str] = MappingProxyType(
    {
        **PARTS_OF_REQUESTS,
        **PARTS_OF_LAUNCHES,
        **PARTS_OF_FINDINGS,
        **PARTS_OF_UNCERTAINTY,
    }
)
"""Templates of what is no sentence of its own and stands within one."""

CATALOGUE: Mapping[str, str] = MappingProxyType(
    {
        **REQUESTS,
        **ANSWERS,
        **PRICE_FILES,
        **FINDINGS,
        **CAVEATS,
        **UNCERTAINTY,
        **FAILURES,
        **LAUNCHES,
        **EVENTS,
        **PARTS,
    }
)
"""Every template by its code, with a hole `%(name)s` for each value."""
