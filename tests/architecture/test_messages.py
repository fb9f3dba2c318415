"""The catalogue of messages and the sources agree."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from stockbt_domain.messages.catalogue import CATALOGUE
from stockbt_domain.messages.prices import PRICE_FILES

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for pattern in ("packages/*/src/**/*.py", "apps/*/src/**/*.py")
    for path in ROOT.glob(pattern)
    if "messages" not in path.parts
]
CODE = re.compile(r"[A-Z][A-Z_]+\.(?!txt)[a-z_]+")


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield each source with its name."""
    for path in SOURCES:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield each making of a message with its place."""
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message":
                yield f"{name}:{node.lineno}", node


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts within an expression."""
    return (n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def test_every_code_in_the_sources_has_its_template() -> None:
    """Whether a message is made of it at once, or it is chosen first; a family has at least one member."""
    unknown = []
    for place, call in calls():
        if isinstance(call.args[0], ast.JoinedStr):
            family = next(texts(call.args[0]))
            unknown += [] if any(code.startswith(family) for code in CATALOGUE) else [(place, family)]
        else:
            unknown += [(place, text) for text in texts(call.args[0]) if text not in CATALOGUE]
    for name, tree in trees():
        unknown += [(name, t) for t in texts(tree) if CODE.fullmatch(t) and t not in CATALOGUE]

    assert len(list(calls())) > 100
    assert unknown == []


def test_every_message_is_given_the_values_of_its_template() -> None:
    """No more and no fewer, where the source shows both."""
    wrong = []
    for place, call in calls():
        given = {keyword.arg for keyword in call.keywords}
        if isinstance(call.args[0], ast.Constant) and None not in given:
            wanted = set(re.findall(r"%\((\w+)\)s", CATALOGUE[call.args[0].value]))
            wrong += [(place, given, wanted)] if given != wanted else []

    assert wrong == []


def test_every_template_is_used() -> None:
    """By its code or as one of a family. Those of price files are read by their public codes, as the format
    gives text alone; its own tests see to them."""
    known = {text for _, tree in trees() for text in texts(tree)}
    families = tuple(
        next(texts(call.args[0])) for _, call in calls() if isinstance(call.args[0], ast.JoinedStr)
    )
    unused = {code for code in CATALOGUE if code not in known and not code.startswith(families)}

    assert unused - set(PRICE_FILES) == set()
