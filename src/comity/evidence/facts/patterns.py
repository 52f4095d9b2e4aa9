"""Patterns for records of the `facts` format that are in order, so that the engine can take them by itself.

A line that matches the pattern of its kind is one that `facts/record` takes too, with the same values; whatever
doesn't match goes there to be judged one by one. The patterns are regular expressions in the strict sense, matched in
time linear in the line, and speak of flat objects only: nothing nested, however deep, gets to a parser of the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from comity.categories import AND_MORE
from comity.evidence.facts.record import TIME, is_jurisdiction, may_be_open
from comity.vocabulary import JURISDICTION, Attribute, Kind, Type

_SPACE = "[ \t]*"
_INT = "(?:0|[1-9][0-9]{0,17})"
_TEXT = r'[^"\\\x00-\x1f]'
_NOT_MORE = rf'[^"\\\x00-\x1f{AND_MORE}]'


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
    text = _text(attribute, r'\\["\\/bfnrt]')
    return _value(kind, attribute, f'"{text}"', lambda inner: f'"{inner}"')


def _text(attribute: Attribute, escape: str) -> str:
    """The pattern of what stands between quotes; of an element of a list that can't be open, all but the mark of one.

    As two letters and more, or one that is not that mark: the engine's expressions can't say "anything but".
    """
    if not attribute.type.is_list or may_be_open(attribute):
        return f"(?:{_TEXT}|{escape})*"
    return f"(?:(?:{_TEXT}|{escape}){{2,}}|(?:{_NOT_MORE}|{escape})?)"


def _csv_value(kind: Kind, attribute: Attribute, delimiter: str) -> str:
    if attribute.type.is_list:
        # A list is JSON in quotes, so that the quotes of its strings are doubled.
        text = _text(attribute, r'(?:\\[\\/bfnrt]|\\"")')
        values = _value(kind, attribute, f'""{text}""', lambda inner: '""' + inner + '""')
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
