"""What one record of the `facts` format must look like: the plain and slow judgement of a single record.

The engine reads whatever is in order by itself (see `facts/patterns`); only records that it hesitates over come here,
to be taken after all or to be told what is wrong with them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.categories import AND_MORE
from comity.errors import did_you_mean
from comity.vocabulary import JURISDICTION, JURISDICTION_ATTRIBUTES, KINDS, Attribute, Kind, Type

#: Attributes that hold IP addresses, likewise.
ADDRESS_ATTRIBUTES = frozenset({"flow.address", "flow.source"})

#: RFC 3339, date and time with an offset; whether such a day exists is for the calendar to say.
TIME = (
    r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]"
    r"(?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
)

_LARGEST = 2**63 - 1
_SHOWN = 40

#: Every attribute of any kind by its name within the kind; a name has one type wherever it appears.
NAMES: dict[str, Attribute] = {a.name: a for kind in KINDS.values() for a in kind.attributes}


class Refused(Exception):  # noqa: N818 - a verdict on a record, not an error of the program
    """Why a record can't be taken, in the user's words.

    ``unknown`` is a name that nobody knows. Looking for what was meant takes long: only reasons that are shown do so.
    """

    def __init__(self, reason: str, unknown: str | None = None, known: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.reason, self.unknown, self.known = reason, unknown, known

    def __str__(self) -> str:
        help = did_you_mean(self.unknown, self.known) if self.unknown is not None else None
        return f"{self.reason}, {help}" if help else self.reason


@dataclass(frozen=True)
class Record:
    """A record that is in order: its kind, and its values by attribute."""

    kind: Kind
    values: dict[str, Any]


def from_json(text: str) -> Record:
    """The record in one line of NDJSON. Raises ``Refused``."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise Refused("nested too deeply") from None
    except ValueError:
        raise Refused("not JSON, or more than one line of it") from None
    if not isinstance(found, dict):
        raise Refused("not a JSON object")
    return record(found)


def record(found: dict[str, Any]) -> Record:
    """A record of JSON values by name. Raises ``Refused``."""
    kind = _kind(found.get("kind"))
    values = {}
    for name, value in found.items():
        if name == "kind":
            continue
        if name not in NAMES:
            raise unknown_name(name, kind.by_name)
        if value is not None:
            if name not in kind.by_name:
                raise Refused(foreign(name, kind))
            values[name] = _value(kind, kind.by_name[name], value)
    return Record(kind, values)


def is_jurisdiction(kind: Kind, attribute: Attribute) -> bool:
    """Whether the values of an attribute are jurisdiction codes."""
    return kind.full_name(attribute.name) in JURISDICTION_ATTRIBUTES


def may_be_open(attribute: Attribute) -> bool:
    """Whether a list may end with ``…``, which says that there may be more: only categories of data have that sense."""
    return attribute.name == "data"


def not_open(attribute: Attribute) -> str:
    """The reason for refusing ``…`` in any other list."""
    return f"`{attribute.name}` must be a list of all there is: `{AND_MORE}` (perhaps more) may stand in `data` only"


def expected(kind: Kind, attribute: Attribute) -> str:
    """The reason for refusing a value of the wrong type."""
    if is_jurisdiction(kind, attribute):
        what = "a list of jurisdiction codes" if attribute.type.is_list else "a jurisdiction code such as `DE`"
    else:
        what = _EXPECTED[attribute.type]
    return f"`{attribute.name}` must be {what}"


def foreign(name: str, kind: Kind) -> str:
    """The reason for refusing a value that this kind of fact doesn't have."""
    return f"`{name}` is not an attribute of a {kind.name}"


def unknown_name(name: str, known: Iterable[str] = NAMES) -> Refused:
    """The refusal of a name that is in no vocabulary."""
    return Refused(f"unknown attribute `{shown(name)}`", name[:_SHOWN], known)


def unknown_kind(name: str) -> Refused:
    """The refusal of a kind of fact that does not exist."""
    return Refused(f"unknown kind `{shown(name)}`", name[:_SHOWN], KINDS)


NO_KIND = "no `kind`"
NO_OFFSET = "time without offset from UTC"


def shown(text: str, most: int = _SHOWN) -> str:
    """A value as reasons show it: short, and without anything a terminal might obey."""
    clean = "".join(c if c.isprintable() else "�" for c in text[: most + 1])
    return clean if len(clean) <= most else clean[:most] + "…"


_EXPECTED = {
    Type.BOOL: "true or false",
    Type.STRING: "text",
    Type.INT: "a whole number, 0 or more",
    Type.TIME: "a time such as `2024-05-01T12:00:00Z`",
    Type.STRINGS: "a list of strings",
    Type.INTS: "a list of whole numbers, 0 or more",
}

_PYTHON: dict[Type, Any] = {Type.BOOL: bool, Type.INT: int}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Refused(f"`{shown(name)}` is there twice")
        found[name] = value
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _kind(name: Any) -> Kind:
    if name is None or name == "":
        raise Refused(NO_KIND)
    if not isinstance(name, str):
        raise Refused("`kind` must be text")
    if name not in KINDS:
        raise unknown_kind(name)
    return KINDS[name]


def _value(kind: Kind, attribute: Attribute, value: Any) -> Any:
    if attribute.type.is_list:
        return _list(kind, attribute, value)
    _check(kind, attribute, value)
    if attribute.name == "host":
        return value.rstrip(".").lower()
    return value.lower() if kind.full_name(attribute.name) in ADDRESS_ATTRIBUTES else value


def _list(kind: Kind, attribute: Attribute, value: Any) -> Any:
    python = str if attribute.type is Type.STRINGS else int
    if not isinstance(value, list) or not all(type(item) is python for item in value):
        raise Refused(expected(kind, attribute))
    if AND_MORE in value and not may_be_open(attribute):
        raise Refused(not_open(attribute))
    for item in value:
        if python is int:
            _int(kind, attribute, item)
        elif is_jurisdiction(kind, attribute) and not re.fullmatch(JURISDICTION, item):
            raise Refused(f"`{attribute.name}` must hold jurisdiction codes such as `DE`, not `{shown(item)}`")
        else:
            _text(attribute, item)
    return value


def _check(kind: Kind, attribute: Attribute, value: Any) -> None:
    if type(value) is not _PYTHON.get(attribute.type, str):
        raise Refused(expected(kind, attribute))
    if attribute.type is Type.INT:
        _int(kind, attribute, value)
    elif attribute.type is Type.TIME:
        _time(kind, attribute, value)
    elif is_jurisdiction(kind, attribute) and not re.fullmatch(JURISDICTION, value):
        raise Refused(f"{expected(kind, attribute)}, not `{shown(value)}`")
    elif attribute.type is Type.STRING:
        _text(attribute, value)


def _text(attribute: Attribute, value: str) -> None:
    # JSON can spell halves of a character (`\ud800`), which are no text.
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise Refused(f"`{attribute.name}` holds half a character")


def _int(kind: Kind, attribute: Attribute, value: int) -> None:
    if value < 0:
        raise Refused(expected(kind, attribute))
    if value > _LARGEST:
        raise Refused(f"`{attribute.name}` is larger than {_LARGEST}")


def _time(kind: Kind, attribute: Attribute, value: str) -> None:
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(expected(kind, attribute)) from None
    if time.tzinfo is None:
        raise Refused(f"`{attribute.name}`: {NO_OFFSET}")
    if not re.fullmatch(TIME, value):
        raise Refused(expected(kind, attribute))
