"""The languages of the pages: which one a reader wants, its texts, and its numbers and dates."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import (
    format_decimal,
    get_decimal_symbol,
    get_group_symbol,
    get_minus_sign_symbol,
    get_plus_sign_symbol,
)
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, request
from stockbt_domain.figure_text import in_full, known, number_text

LANGUAGES: Mapping[str, str] = {"en": "English", "ko": "한국어"}
"""Every language by its code, in its own words; the first one is the texts' own."""

DEFAULT = "en"
COOKIE = "lang"
TRANSLATIONS = Path(__file__).parents[1] / "translations"
_A_YEAR = 365 * 24 * 3600
_TIMES = {"seconds": "HH:mm:ss", "minutes": "HH:mm", "milliseconds": "HH:mm:ss.SSS"}


def N_(text: str) -> str:
    """Mark a text for translation where it is written; `wording.said` translates where it is shown."""
    return text


def language() -> str:
    """Return the language of this request: `?lang=`, then the cookie, then what the browser accepts."""
    if "language" not in g:
        asked = (request.args.get(COOKIE), request.cookies.get(COOKIE))
        known = next((code for code in asked if code in LANGUAGES), None)
        g.language = known or request.accept_languages.best_match(list(LANGUAGES), DEFAULT)
    return str(g.language)


@cache
def texts(code: str) -> NullTranslations:
    """Return the catalogue of a language; that of the texts' own language changes nothing."""
    return Translations.load(TRANSLATIONS, [code]) if code != DEFAULT else NullTranslations()


def gettext(text: str) -> str:
    """Return a text in this request's language."""
    return texts(language()).gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """Return the text that counts `n` things in this request's language."""
    return texts(language()).ngettext(one, many, n)


def number(value: float, digits: int = 0, *, sign: bool = False) -> str:
    """Return a number as this language writes it, with so many digits after the point; as a figure where
    no column would hold it."""
    if not known(value):
        return gettext("n/a")
    if not in_full(value):
        return written(number_text(value, "ratio", signed=sign))
    plain = "#,##0" + ("." + "0" * digits if digits else "")
    pattern = f"+{plain};-{plain}" if sign and round(value, digits) else plain
    return format_decimal(value, pattern, locale=language())


def written(text: str) -> str:
    """Return a number written in English as this language writes it."""
    return text.translate(_signs(language()))


@cache
def _signs(code: str) -> dict[int, str]:
    """Return what a language writes for the signs of an English number."""
    return {
        ord(","): get_group_symbol(code),
        ord("."): get_decimal_symbol(code),
        ord("-"): get_minus_sign_symbol(code),
        ord("+"): get_plus_sign_symbol(code),
    }


def day(value: date | None) -> str:
    """Return a day as this language writes it."""
    return "–" if value is None else format_date(value, "medium", locale=language())


def moment(value: datetime | None, timespec: str = "seconds") -> str:
    """Return a time in UTC as this language writes it."""
    if value is None:
        return "–"
    dates = Locale.parse(language()).date_formats["medium"].pattern
    return format_datetime(value.astimezone(UTC), f"{dates} {_TIMES[timespec]}", locale=language())


def speak(app: Flask) -> None:
    """Give the templates their texts, and keep a language that was asked for."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.policies["ext.i18n.trimmed"] = True

    @app.context_processor
    def tools() -> dict[str, object]:
        return {
            "language": language(),
            "languages": LANGUAGES,
            "in_language": _here_in,
            "number": number,
            "day": day,
            "moment": moment,
        }

    @app.after_request
    def keep(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers["Content-Language"] = language()
            response.vary.update(("Accept-Language", "Cookie"))
        if request.args.get(COOKIE) in LANGUAGES and request.method == "GET":
            response.set_cookie(COOKIE, request.args[COOKIE], max_age=_A_YEAR, samesite="Lax")
        return response


def _here_in(code: str) -> str:
    """Return the address of this page in another language; that of the dashboard for what was posted.

    This page's is a query alone: written out, a path such as `//other.example` or `/\\other.example` is an
    address of another host for a browser.
    """
    query = [(name, value) for name, value in request.args.items(multi=True) if name != COOKIE]
    return f"{'' if request.method == 'GET' else '/'}?{urlencode([*query, (COOKIE, code)])}"
