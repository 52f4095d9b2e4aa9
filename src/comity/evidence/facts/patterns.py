"""Patterns for records of the `facts` format that are in order, so that the engine can take them by itself.

A line that matches the pattern of its kind is one that `facts/record` takes too, with the same values; whatever
doesn't match goes there to be judged one by one. The patterns are regular expressions in the strict sense, matched in
time linear in the line, and speak of flat objects only: nothing nested, however deep, gets to a parser of the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from comity.evidence.facts.record import TIME, is_jurisdiction
from comity.vocabulary import JURISDICTION, Attribute, Kind, Type

_SPACE = "[ \t]*"
_INT = "(?:0|[1-9][0-9]{0,17})"
_TEXT = r'[^"\\\x00-\x1f]'


def json_line(kind: Kind) -> str:
    """The pattern of an NDJSON line that is a fact of this kind."""
    names: dict[str, list[str]] = {f'"{kind.name}"': ["kind"]}
    for attribute in kind.attributes:
        names.setdefault(f"(?:{_json_value(kind, attribute)}|null)", []).append(attribute.name)
    pair = _any(f'"{_any(map(re.escape, group))}"{_SPACE}:{_SPACE}{value}' for value, group in names.items())
    return rf"{_SPACE}\{{{_SPACE}{pair}(?:{_SPACE},{_SPACE}{pair})*{_SPACE}\}}{_SPACE}"


def csv_line(kind: Kind, header: Sequence[str], delimiter: str) -> str:
    """The pattern of a CSV line that is a fact of this kind; cells of attributes that it doesn't have are empty."""
    cells = []
    for name in header:
        if name == "kind":
            cells.append(_cell(kind.name))
        elif attribute := kind.by_name.get(name):
            cells.append(f"(?:{_csv_value(kind, attribute, delimiter)})?")
        else:
            cells.append('(?:"")?')
    return re.escape(delimiter).join(cells)


def text(kind: Kind, attribute: Attribute) -> str:
    """The pattern of a value that stands in text of its own: lists are JSON."""
    if attribute.type is Type.BOOL:
        return "(?i:true|false)"
    return TIME if attribute.type is Type.TIME else _json_value(kind, attribute)


def _json_value(kind: Kind, attribute: Attribute) -> str:
    text = rf'"(?:{_TEXT}|\\["\\/bfnrt])*"'
    return _value(kind, attribute, text, lambda inner: f'"{inner}"')


def _csv_value(kind: Kind, attribute: Attribute, delimiter: str) -> str:
    if attribute.type.is_list:
        # A list is JSON in quotes, so that the quotes of its strings are doubled.
        text = rf'""(?:{_TEXT}|\\[\\/bfnrt]|\\"")*""'
        values = _value(kind, attribute, text, lambda inner: '""' + inner + '""')
        return rf'"{values}"|\[{_SPACE}\]'
    if attribute.type is Type.STRING and not is_jurisdiction(kind, attribute):
        return rf'"(?:[^"]|"")*"|[^"{re.escape(delimiter)}]*'
    if attribute.type is Type.BOOL:
        return _cell("(?i:true|false)")
    return _cell(_value(kind, attribute, "", str))


def _value(kind: Kind, attribute: Attribute, text: str, quoted: Callable[[str], str]) -> str:
    item = {
        Type.BOOL: "(?:true|false)",
        Type.INT: _INT,
        Type.INTS: _INT,
        Type.TIME: quoted(TIME),
    }.get(attribute.type) or (quoted(JURISDICTION) if is_jurisdiction(kind, attribute) else text)
    if attribute.type.is_list:
        return rf"\[{_SPACE}(?:{item}(?:{_SPACE},{_SPACE}{item})*{_SPACE})?\]"
    return item


def _cell(pattern: str) -> str:
    return f'(?:{pattern}|"{pattern}")'


def _any(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"
