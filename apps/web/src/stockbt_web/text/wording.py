"""The domain's sentences in the reader's language.

The domain speaks English only. What it says with values in it is recognised here by its template, which is
also the id of its translation.
"""

import re
from collections.abc import Iterator
from functools import cache

from stockbt_domain.fields import FIELDS
from stockbt_domain.figures import FIGURES
from stockbt_domain.messages.orders import REASONS
from stockbt_domain.rules import RULES

from .languages import DEFAULT, N_, gettext, language

_HOLE = re.compile(r"%\((\w+)\)s")
_INNER = {"range", "finding", "words", "rest", "trades", "absent"}
"""Holes whose own text is a sentence of the domain."""

TEMPLATES: tuple[str, ...] = (
    # requests
    N_("is missing"),
    N_("must not be empty"),
    N_("must be given once"),
    N_("is not a field of a backtest"),
    N_("is not a field of a preset"),
    N_("is not a field of an import"),
    N_("is not a parameter of this call"),
    N_("is not a parameter of %(name)s"),
    N_("must be a JSON object"),
    N_("must be a JSON object: %(detail)s"),
    N_("must be an object such as {}, not %(value)s"),
    N_("must be text, not %(value)s"),
    N_("must be one of %(names)s, not %(value)s"),
    N_("must be one of %(names)s"),
    N_("must be a whole number, not %(value)s"),
    N_("must be a whole number from %(minimum)s to %(maximum)s"),
    N_("must be a number, not %(value)s"),
    N_("must be a finite number, not %(value)s"),
    N_("must be a day of the calendar as YYYY-MM-DD, not %(value)s"),
    N_("must have at most %(maximum)s characters, not %(count)s"),
    N_("must be printable text on one line, not %(value)s"),
    N_("must match %(pattern)s, not %(value)s"),
    N_("must not be after end_date, but %(start)s is after %(end)s"),
    N_("must be above 0 and at most 100 percent, not %(value)s"),
    N_("must be %(range)s, not %(value)s"),
    N_("above %(minimum)s and at most %(maximum)s"),
    N_("at least %(minimum)s and at most %(maximum)s"),
    N_("must be below %(other)s, %(limit)s, but is %(value)s"),
    N_("must be above %(other)s, %(limit)s, but is %(value)s"),
    N_("is missing: how much money to put into each trade"),
    N_("is missing: a CSV file of prices"),
    N_("is missing: the name of the instrument"),
    N_("must be true or false"),
    N_("%(ticker)s has no %(timeframe)s bars"),
    N_("must name %(minimum)s to %(maximum)s runs, not %(count)s"),
    N_("must be 1 to 255 printable ASCII characters"),
    N_("there is no data for %(ticker)s; import it with `stockbt data import`"),
    N_("is after the last bar of %(ticker)s, %(day)s"),
    N_("is before the first bar of %(ticker)s, %(day)s"),
    # how sure a result is
    N_(
        "The run closed only %(trades)s trades: the intervals know the scatter of its bars, not how few "
        "decisions stand behind them."
    ),
    N_(
        "The run closed %(trades)s: with fewer than %(fewest)s there is nothing to be said about how much of "
        "its result is luck."
    ),
    N_("no trade"),
    N_("1 trade"),
    N_("only %(count)s trades"),
    N_(
        "The run has %(bars)s bars: with fewer than %(fewest)s there is nothing to be said about how much of "
        "its result is luck."
    ),
    N_("The equity was zero or less at a bar: its returns have no meaning from there on."),
    N_(
        "Stationary bootstrap, %(resamples)s resamples of the run's returns in blocks of %(block)s on "
        "average: %(level)s of them lie within the interval."
    ),
    N_(
        "Stationary bootstrap, %(resamples)s resamples of the run's returns in blocks of %(block)s on "
        "average: %(level)s of them lie within the interval. As there are more than %(most)s bars, %(each)s "
        "bars at a time were taken as one return, so that the Sharpe ratio here is that of these "
        "longer returns."
    ),
    # what is not there, or not so
    N_("there is no run with this id"),
    N_("there is no run %(run_id)s"),
    N_("there is no preset %(preset)s"),
    N_("there is no data for this ticker; GET /api/datasets lists what there is"),
    N_("run %(run_id)s had ended: %(status)s"),
    N_("run %(run_id)s is %(status)s and has no result"),
    N_("run %(run_id)s is %(status)s: only a SUCCEEDED run has a result to compare with"),
    # what the web framework answers
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
    N_("Send the file as multipart/form-data with file, ticker, timeframe, adjust."),
    N_("Send the request as application/json."),
    # annotations
    N_("is not a field of an annotation"),
    N_("must be a text"),
    N_("must be a list of texts"),
    N_("must be at most %(maximum)s"),
    N_("must have at most %(maximum)s characters"),
    N_("must have 1 to %(maximum)s printable characters and no comma"),
    N_("must have no control characters but line ends"),
    N_("is not the cursor of a page"),
    N_("takes longer than %(seconds)s seconds among so many runs; add a ticker, a rule or a tag"),
    # ends of runs
    N_("The run needs more memory than there is; choose a shorter range."),
    N_("The engine failed on this input; the log has the details under this run's id."),
    N_("%(ticker)s has no bar from %(start)s to %(end)s."),
    N_("%(rule)s needs %(needed)s bars to warm up with these parameters; there are %(bars)s."),
    N_("The stored data is not the data that this run was pinned to; import the file again."),
    N_("The worker ended without a result."),
    N_("The worker did not start in time; check its image and the free room, then run again."),
    N_(
        "The run took longer than %(seconds)s seconds and was stopped; choose a shorter range or a longer "
        "bar."
    ),
    N_(
        "The run waited %(hours)s hours in line and there was no room; see what holds the places, then run "
        "again."
    ),
    N_("The run was cancelled before it ended."),
    N_("The worker ended well but stored no result; run again."),
    N_("The run lost its worker after %(count)s launches; run again."),
    N_("The run never started after %(count)s launches; run again."),
    N_("The stored data cannot be read: %(detail)s"),
    N_("The worker has no engine %(name)s; it has %(known)s."),
    N_("the worker cannot be started: %(detail)s"),
    N_("The worker was ended by signal %(number)s. Run it again."),
    N_("The worker ended with exit code %(number)s before it could store an end: %(detail)s"),
    # ends of a run's Job
    N_(
        "The run was ended after %(seconds)s seconds, all that it may take, waiting included. Choose a "
        "shorter range or longer bars, or ask an operator to raise activeDeadlineSeconds."
    ),
    N_("The run's pod was evicted from its node, which was drained or needed the room. Run it again."),
    N_(
        "Every worker of the run ended early: stopped from outside, without its database, or unable to "
        "start. Run it again; if that does not help, an operator finds out more with %(command)s."
    ),
    N_("The run's Job failed (%(detail)s); an operator finds out more with %(command)s."),
    N_(
        "The worker was killed (exit code 137), probably because it needed more than its memory limit of "
        "%(limit)s. Choose a shorter range or longer bars, or ask an operator to raise the limit; "
        "%(command)s tells more."
    ),
    N_(
        "The worker was killed (exit code 137), probably because its node ran out of memory. Choose a "
        "shorter range or longer bars, or ask an operator to raise the limit; %(command)s tells more."
    ),
    N_("The worker refused its configuration; an operator finds out which variable with %(command)s."),
    N_("The worker ended with exit code %(number)s before it could store why; see %(command)s."),
    N_(
        "No pod could be made for the run: the quota of namespace %(namespace)s has no room for a pod, "
        "ServiceAccount %(account)s is missing, or a policy refuses the pod. %(rest)s"
    ),
    N_(
        "The run's pod did not start in time: its image %(image)s cannot be pulled, or no node has room for "
        "%(cpu)s of cpu and %(memory)s of memory, or %(absent)s is missing. %(rest)s"
    ),
    N_(
        "The run's pod did not start in time: its image %(image)s cannot be pulled, or no node has room for "
        "it. %(rest)s"
    ),
    N_("ConfigMap %(config)s or Secret %(secret)s"),
    N_("An operator finds out which with %(command)s; then run it again."),
    # Jobs that Kubernetes does not take
    N_("The quota of namespace %(namespace)s leaves no room for any run: %(detail)s"),
    N_(
        "The web app may not create Jobs in namespace %(namespace)s; an operator has to give its "
        "ServiceAccount create, get, list and delete on jobs.batch. Kubernetes says: %(detail)s"
    ),
    N_("Namespace %(namespace)s is not there; an operator has to create it. Kubernetes says: %(detail)s"),
    N_(
        "Kubernetes refuses the run's Job; an operator has to mend the worker's template or the policy that "
        "refuses it. Kubernetes says: %(detail)s"
    ),
    N_(
        "A Job named %(name)s is there that is not this run's; it was left as it is. An operator finds out "
        "whose it is with %(command)s."
    ),
    # a run's events
    N_("submitted"),
    N_("claimed by a worker"),
    N_("taken over from a lost worker"),
    N_("reused the result of run %(run_id)s"),
    N_("finished"),
    # price files
    N_("line %(line)s: %(rest)s"),
    N_("and %(count)s more problems after these %(kept)s"),
    N_("the timeframe %(name)s is not known"),
    N_("the file has a header and no prices"),
    N_("has no bars"),
    N_("longer than %(limit)s bytes"),
    N_("the header with the columns' names is missing"),
    N_("not UTF-8 text"),
    N_("the header cannot be read as CSV: %(detail)s"),
    N_("the column %(name)s is not known"),
    N_("the column %(name)s is there %(count)s times"),
    N_("the column %(name)s is missing"),
    N_("adjusting needs the column Adj Close, which is missing"),
    N_("blank, with prices after it"),
    N_("cannot be read as CSV: %(detail)s"),
    N_("%(count)s values for %(columns)s columns"),
    N_("%(name)s is missing"),
    N_("%(names)s are missing"),
    N_("Date %(value)s is not a date as in 2020-01-31"),
    N_("Date %(value)s is not a time as in 2020-01-31T14:30:00Z or 2020-01-31 14:30:00"),
    N_("Date %(value)s repeats the one before"),
    N_("Date %(value)s comes after %(before)s: dates must increase"),
    N_("%(name)s %(value)s is not a finite number"),
    N_("%(name)s %(value)s is negative"),
    N_("%(name)s is zero"),
    N_("High %(high)s is below Low %(low)s"),
    N_("prices scaled by Adj Close / Close are out of range"),
    # data findings
    N_("%(day)s: %(words)s, and %(count)s more like it"),
    N_("the open %(price)s lies outside low %(low)s to high %(high)s"),
    N_("the close %(price)s lies outside low %(low)s to high %(high)s"),
    N_("%(count)s sessions are missing after %(day)s"),
    N_("the close moves by %(percent)s %% in one bar: a split?"),
    N_("the volume is zero"),
    # caveats
    N_("Trades are filled at the close of the bar that signals them, which nobody can do exactly."),
    N_(
        "Trades are filled at the close of the bar that signals them, which nobody can do exactly. Filled at "
        "the next open, the total return is %(there)s %% instead of %(here)s %%."
    ),
    N_(
        "The equity of a short position was gone: it was bought back at that close, %(left)s is left, and "
        "trading ended %(bars)s bars before the end."
    ),
    N_("%(count)s closed trades are too few to tell skill from luck; %(enough)s are a minimum."),
    N_("%(share)s of the profit comes from one trade."),
    N_("A position is open at the end, marked to the last close: %(profit)s."),
    N_("Fees and slippage are 0: a real account would earn less."),
    N_("In the data of this run: %(finding)s"),
    N_("%(n)s bars signalled a trade for which the budget does not pay one share."),
    N_("%(n)s bars signalled to buy while the position was long already."),
    N_("%(n)s bars signalled to sell while the position was short already."),
    N_("%(n)s bars signalled to sell while there was nothing to sell."),
    N_("%(n)s signal on the last bar had no next bar to be filled at."),
    N_("%(n)s bars signalled after trading had ended."),
)
"""Every sentence of the domain with values in it, and those without that are no catalogue's."""


def catalogue_texts() -> Iterator[str]:
    """Yield what the catalogues of rules, fields, figures and reasons say."""
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


def said_of_run(text: str | None) -> str:
    """Return the message of a failed run in the reader's language: a sentence, or a request's problems, each
    with its field before it."""
    whole = said(text)
    if whole != text or not text:
        return whole
    parts = []
    for part in text.split("; "):
        field, _, sentence = part.partition(" ")
        parts.append(f"{field} {said(sentence)}")
    return "; ".join(parts)


def said_of_event(reason: str) -> str:
    """Return the reason of a run's event in the reader's language; that of a failure has its code first."""
    code, colon, sentence = reason.partition(": ")
    return f"{code}: {said_of_run(sentence)}" if colon and code.isupper() else said(reason)


def said(text: str | None) -> str:
    """Return a text of the domain, or one marked by `N_`, in the reader's language; unknown text as it is."""
    if not text:
        return ""
    if language() == DEFAULT:
        return text
    translated = gettext(text)
    if translated != text:
        return translated
    for template, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            values = {
                name: said(value) if name in _INNER else value for name, value in found.groupdict().items()
            }
            return gettext(template) % values
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return each template with the pattern of its sentences, the longest wording first."""
    ordered = sorted(TEMPLATES, key=lambda template: -len(_HOLE.sub("", template)))
    return tuple((template, _pattern(template)) for template in ordered)


def _pattern(template: str) -> re.Pattern[str]:
    pieces = _HOLE.split(template)
    for place, piece in enumerate(pieces):
        is_name = place % 2
        pieces[place] = f"(?P<{piece}>.+?)" if is_name else re.escape(piece.replace("%%", "%"))
    return re.compile("".join(pieces), re.DOTALL)


def _is_prose(text: str) -> bool:
    return "," in text or " and " in text or " or " in text
