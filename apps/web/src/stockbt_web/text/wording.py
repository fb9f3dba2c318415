"""The domain's sentences in the reader's language.

The domain speaks English only: its sentences are messages, and the template of each is the id of its
translation. Of what was kept as text alone, `stored` finds out the message first.
"""

from collections.abc import Iterator

from stockbt_domain.fields import FIELDS
from stockbt_domain.figures import FIGURES
from stockbt_domain.messages import Message
from stockbt_domain.messages.catalogue import CATALOGUE
from stockbt_domain.messages.orders import REASONS
from stockbt_domain.rules import RULES

from .languages import N_, gettext

FRAMEWORK = (
    N_("Not Found"),
    N_("Method Not Allowed"),
    N_("Request Entity Too Large"),
    N_("Unsupported Media Type"),
    N_("Bad Request"),
    N_(
        "The requested URL was not found on the server. If you entered the URL manually please check your "
        "spelling and try again."
    ),
    N_("The method is not allowed for the requested URL."),
    N_("The browser (or proxy) sent a request that this server could not understand."),
)
"""What the web framework answers."""


def said(text: str | None) -> str:
    """Return a message, or a text marked by `N_`, in the reader's language; any other text as it is."""
    if not text:
        return ""
    return text.rendered(gettext) if isinstance(text, Message) else gettext(text)


def catalogue_texts() -> Iterator[str]:
    """Yield what the catalogues of messages, rules, fields, figures and reasons say."""
    yield from CATALOGUE.values()
    for rule in RULES:
        yield rule.description
        yield from (text for text in (rule.buy, rule.sell) if _is_prose(text))
        yield from (parameter.description for parameter in rule.parameters)
    for field in FIELDS:
        yield field.description
    for figure in FIGURES:
        yield from (figure.group, figure.label, figure.definition, figure.undefined)
        yield from (figure.formula, figure.over, *((figure.column.heading,) if figure.column else ()))
    yield from REASONS.values()
    yield from _others()


def _others() -> Iterator[str]:
    """Yield the formulas of others for the same figures."""
    from stockbt_reporting.peer_figures import OTHERS  # numpy, which /health does without

    for peers in OTHERS.values():
        yield from (formula for _, formula, _ in peers)


def _is_prose(text: str) -> bool:
    return "," in text or " and " in text or " or " in text
