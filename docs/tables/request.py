"""The request contract, from the fields, rules and problems that validate requests."""

import ast
from pathlib import Path

from stockbt_domain.fields import FIELDS, Field
from stockbt_domain.rules import RULES, Parameter, Rule

from .markdown import code, codes, number, table

ROOT = Path(__file__).parents[2]
PROBLEMS = {
    "BAD_DATE": "a date is no day of the calendar as `YYYY-MM-DD`",
    "INVALID_CURSOR": "a cursor is none that a list gave, or one of another order",
    "INVALID_JSON": "the body is no JSON object",
    "NOT_ALLOWED": "a value is none of those that are allowed",
    "NOT_FINITE": "a number is infinite, or not a number",
    "NO_DATA_IN_RANGE": "the dates are before or after the data",
    "OUT_OF_RANGE": "a number or a date is outside its limits",
    "RELATION": "two parameters are not in the order that the rule needs",
    "REPEATED_FIELD": "a field is given twice",
    "REQUIRED": "a field is missing or empty",
    "TOO_LONG": "a text has too many characters",
    "TOO_MANY": "there are too many of something, such as tags",
    "TOO_SLOW": "a list takes too long to make; a filter more helps",
    "UNKNOWN_FIELD": "a field, a parameter of the rule or of the query is none that there is",
    "UNKNOWN_TICKER": "there is no data for this ticker",
    "WRONG_TYPE": "a value is of another type",
}
"""What each code of `errors` means."""
FILE_PROBLEMS = {
    "BAD_DATE": "a date or time is none",
    "BAD_LINE": "a line cannot be read as CSV",
    "BLANK_LINE": "a line between prices is blank",
    "DATE_GOES_BACK": "a date is before the one of the line before",
    "EMPTY_FILE": "there is no header, or no bar",
    "HIGH_BELOW_LOW": "a bar's high is below its low",
    "LINE_TOO_LONG": "a line is too long for a line of prices",
    "MISSING_ADJ_CLOSE": "adjusting is asked for and there is no column Adj Close",
    "MISSING_COLUMN": "a column is missing",
    "MISSING_VALUE": "a value is missing",
    "MORE_PROBLEMS": "there are more wrong lines than are named",
    "NEGATIVE": "a value is negative",
    "NOT_A_NUMBER": "a value is no finite number",
    "NOT_TEXT": "the file is no text in UTF-8",
    "REPEATED_COLUMN": "a column is there twice",
    "REPEATED_DATE": "a date repeats the one before",
    "TOO_MANY_VALUES": "a line has more values than there are columns",
    "UNKNOWN_COLUMN": "a column is none that a price file has",
    "UNKNOWN_TIMEFRAME": "a length of a bar is none that there is",
    "ZERO_PRICE": "a price is zero",
}
"""What each code of a refused price file means."""


def fields() -> str:
    """Return the table of the request's fields."""
    rows = [(code(f.name), _kind(f), _default(f), _allowed(f), f.description) for f in FIELDS]
    return table(("field", "type", "default", "allowed", "meaning"), rows)


def rules() -> str:
    """Return the table of the rules with their parameters."""
    return table(("`rule_type`", "parameters: default (limits)", "must hold"), map(_rule, RULES))


def problem_codes() -> str:
    """Return the table of the codes that `errors` of a request carries."""
    return table(("`code`", "when"), ((code(name), text) for name, text in PROBLEMS.items()))


def file_problem_codes() -> str:
    """Return the table of the codes that `errors` of a refused price file carries."""
    return table(("`code`", "when"), ((code(name), text) for name, text in FILE_PROBLEMS.items()))


def codes_in_sources(*folders: str) -> set[str]:
    """Return every code that the sources below these folders of the repository give a problem."""
    calls = [
        node
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and len(node.args) > 1
    ]
    given = [call.args[1] for call in calls if _name(call) == "Problem" or _name(call) == "add"]
    values = [node.value for node in given if isinstance(node, ast.Constant)]
    return {value for value in values if isinstance(value, str) and value.isupper()}


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _kind(field: Field) -> str:
    kind = {"choice": "string", "date": "string, a date"}.get(field.kind, field.kind)
    return f"{kind}, or null" if field.nullable else kind


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if field.kind == "object":
        return code("{}")
    if field.default is None:
        return ""
    if isinstance(field.default, bool):
        return code(str(field.default).lower())
    if isinstance(field.default, (int, float)):
        return number(field.default)
    return code(f'"{field.default}"')


def _allowed(field: Field) -> str:
    if field.kind == "choice":
        return codes(f'"{choice}"' for choice in field.choices)
    if field.kind == "boolean":
        return codes(("true", "false"))
    limits = []
    if field.above is not None:
        limits.append(f"above {number(field.above)}")
    if field.minimum is not None:
        limits.append(f"from {number(field.minimum)}")
    if field.maximum is not None:
        limits.append(f"to {number(field.maximum)}")
    if field.max_length is not None:
        limits.append(f"at most {field.max_length} characters")
    if field.pattern is not None:
        limits.append(code(field.pattern.pattern))
    return ", ".join(limits)


def _rule(rule: Rule) -> tuple[str, str, str]:
    names = code(rule.name) + "".join(f" ({code(alias)})" for alias in rule.aliases)
    relations = ", ".join(code(f"{smaller} < {larger}") for smaller, larger in rule.relations)
    return names, ", ".join(map(_parameter, rule.parameters)), relations


def _parameter(parameter: Parameter) -> str:
    limits = f"{number(parameter.minimum)} to {number(parameter.maximum)}"
    return f"{code(parameter.name)} {number(parameter.default)} ({limits})"
