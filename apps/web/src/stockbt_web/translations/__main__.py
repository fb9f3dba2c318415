"""Bring the translations up to date: new texts into each .po, and each .po compiled for server and browser.

Run it after a change of any text or translation (`make translations`), and commit what it writes.
"""

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from ..text.languages import DEFAULT, LANGUAGES, TRANSLATIONS
from ..text.wording import catalogue_texts

PACKAGE = TRANSLATIONS.parent
SCRIPTS = "static/js/"
METHODS = [
    ("static/vendor/**", "ignore"),
    ("static/js/messages/**", "ignore"),
    ("static/js/**.js", "javascript"),
    ("templates/**.html", "jinja2"),
    ("**.py", "python"),
]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # the file's date is not the day of the last run


def template() -> Catalog:
    """Return every text that the sources show."""
    catalog = Catalog(project="stockbt", creation_date=_EPOCH, revision_date=_EPOCH)
    found = extract_from_dir(str(PACKAGE), METHODS, OPTIONS, keywords=KEYWORDS, strip_comment_tags=True)
    for name, _, message, comments, context in found:
        catalog.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    for text in catalogue_texts():
        catalog.add(text, locations=[("catalogues", 0)], flags=())
    return catalog


def po_path(code: str) -> Path:
    """Return where a language's texts are edited."""
    return TRANSLATIONS / code / "LC_MESSAGES" / "messages.po"


def updated(code: str) -> Catalog:
    """Return a language's texts, with those that are new and without those that are gone."""
    path = po_path(code)
    before = read_po(path.open("rb"), locale=code) if path.exists() else Catalog(locale=code)
    after = Catalog(
        locale=code,
        project="stockbt",
        version="1",
        creation_date=_EPOCH,
        revision_date=_EPOCH,
        fuzzy=False,
        last_translator="stockbt",
        language_team=LANGUAGES[code],
        msgid_bugs_address="none",
    )
    after.header_comment = f"# The texts of stockbt in {LANGUAGES[code]}."
    for message in _messages(template()):
        old = before.get(message.id, context=message.context)
        added = after.add(message.id, string=old.string if old else "", flags=message.flags)
        added.locations = sorted(set(message.locations))
    return after


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def files(code: str) -> dict[Path, bytes]:
    """Return what a language's files should hold: the .po, the compiled .mo, and the scripts' texts."""
    catalog = updated(code)
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, width=110, sort_output=True, include_lineno=False)
    write_mo(mo, catalog)
    texts = {}
    for message in sorted(_messages(catalog), key=lambda m: str(m.id)):
        if message.string and any(name.startswith(SCRIPTS) for name, _ in message.locations):
            several = isinstance(message.id, tuple)
            texts[message.id[0] if several else message.id] = message.string[0] if several else message.string
    listed = json.dumps(texts, ensure_ascii=False, indent=2)
    script = f"// Made from the .po by `make translations`; edit that.\nexport default {listed};\n"
    return {
        po_path(code): po.getvalue(),
        po_path(code).with_suffix(".mo"): mo.getvalue(),
        PACKAGE / SCRIPTS / "messages" / f"{code}.js": script.encode(),
    }


def untranslated(code: str) -> list[str]:
    """Return the texts that this language does not have yet."""
    return [str(message.id) for message in _messages(updated(code)) if not _complete(message.string)]


def _complete(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def main() -> None:
    """Write the files of every language and say what has no translation yet."""
    for code in LANGUAGES:
        if code == DEFAULT:
            continue
        for path, content in files(code).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for text in untranslated(code):
            print(f"{code}: no translation of {text!r}", file=sys.stderr)


if __name__ == "__main__":
    main()
