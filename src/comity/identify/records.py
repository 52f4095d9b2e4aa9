"""Values of JSON documents by the records they stand in, where fields are named and understood together.

``{"name": "email", "value": …}`` is a field called ``email``, and the coordinates of a point are one value.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import ijson

from comity.identify.fields import answers, beside, names_say
from comity.identify.fields.fits import listed
from comity.identify.fields.words import fold

_DEEPEST = 100

#: In small blocks a long value would be begun anew with each of them.
_AT_ONCE: dict[str, Any] = {"use_float": True, "multiple_values": True, "buf_size": 1 << 20}

#: What stands for places that someone was at, and how many there may be: more are the shape of something.
_PLACES = frozenset({"Point", "MultiPoint", "LineString"})
_MOST_PLACES = 100

#: What may be the name of a field as a value is no longer than this.
_LONGEST_NAME = 80


class TooDeep(Exception):  # noqa: N818 - never leaves this package
    """JSON nested too deeply."""


@dataclass(frozen=True)
class Value:
    """A text, a number or a truth value: the keys that lead to it, and the numbers of what it stands in.

    ``record`` is the object that it is a member of, ``outer`` what that object stands in, ``group`` the innermost list
    or object. ``said_of`` is what the record is said of: ``person``, ``thing`` or ''.
    """

    path: tuple[str, ...]
    text: str
    record: int
    outer: int
    group: int
    truth: bool = False
    said_of: str = ""

    @property
    def key(self) -> str:
        """The name of the field."""
        return self.path[-1] if self.path else ""


def values(text: str) -> Iterator[Value]:
    """The values of one or more JSON documents; lists add nothing to the path. Raises what ``ijson`` does.

    Of truth values only those are given that may answer the name of their field.
    """
    path: list[str | None] = []
    numbers = [0]
    #: Of each object that is open its number and that of what it stands in.
    records = [(0, 0)]
    begun = 0
    for event, value in ijson.basic_parse(BytesIO(text.encode("utf-8", "replace")), **_AT_ONCE):
        if event.startswith("start"):
            begun += 1
            if event == "start_map":
                records.append((begun, numbers[-1]))
            path.append(None)
            numbers.append(begun)
            if len(path) > _DEEPEST:
                raise TooDeep
        elif event.startswith("end"):
            path.pop()
            numbers.pop()
            if event == "end_map":
                records.pop()
        elif event == "map_key":
            path[-1] = value
        elif event in ("string", "number", "boolean") and value != "":
            keys, truth = tuple(key for key in path if key), event == "boolean"
            if truth and not (keys and (answers(keys[-1]) or fold(keys[-1]) in _folded("pair's value"))):
                continue
            yield Value(keys, str(value).lower() if truth else str(value), *records[-1], numbers[-1], truth)


def fields(found: Sequence[Value], within: str = "") -> Iterator[Value]:
    """Values in order, by the names that their records give them, each with what its record is said of.

    ``within`` is the path to the document. Truth values are given only where they answer the name of their field.
    """
    positions: dict[int, list[int]] = defaultdict(list)
    for position, value in enumerate(found):
        positions[value.record].append(position)
    instead: dict[int, Value | None] = {}
    for record in positions.values():
        instead |= _named(found, record) or _places(found, record)
    given = [new for position, old in enumerate(found) if (new := instead.get(position, old))]
    records: dict[int, list[beside.Field]] = defaultdict(list)
    for value in given:
        records[value.record].append((joined(within, *value.path), (value.text,)))
    said_of = {number: beside.said_of(record) for number, record in records.items()}
    for value in given:
        if not value.truth or answers(value.key):
            yield replace(value, said_of=said_of[value.record]) if said_of[value.record] else value


def joined(*names: str) -> str:
    """The path of several names."""
    return ".".join(name for name in names if name)


def _named(found: Sequence[Value], record: Sequence[int]) -> dict[int, Value | None]:
    """The values of a record that has the name of a field and its value, by that name, in the record around it."""
    valued = [position for position in record if _is("pair's value", found[position])]
    names = (found[position].text for position in record if valued and _is("pair's name", found[position]))
    name = next((name for name in names if len(name) <= _LONGEST_NAME and names_say(name)), "")
    return {
        position: replace(value, path=(*value.path[:-1], name), record=value.outer)
        for position in valued
        if name and (value := found[position])
    }


def _is(what: str, value: Value) -> bool:
    return fold(value.key) in _folded(what)


@functools.cache
def _folded(what: str) -> frozenset[str]:
    return frozenset(map(fold, listed()[what]))


def _places(found: Sequence[Value], record: Sequence[int]) -> dict[int, Value | None]:
    """The coordinates of a point or a few, as GeoJSON has them: the longitude first. Given are both as one text."""
    if not any(found[position].key == "type" and found[position].text in _PLACES for position in record):
        return {}
    groups: dict[int, list[int]] = defaultdict(list)
    for position in record:
        if found[position].key == "coordinates":
            groups[found[position].group].append(position)
    instead: dict[int, Value | None] = {}
    for numbers in groups.values():
        if len(groups) <= _MOST_PLACES and len(numbers) in (2, 3):
            longitude, latitude = (found[number].text for number in numbers[:2])
            if _is_angle(longitude, 180) and _is_angle(latitude, 90):
                instead |= dict.fromkeys(numbers)
                instead[numbers[0]] = replace(found[numbers[0]], text=f"{latitude}, {longitude}")
    return instead


def _is_angle(text: str, most: int) -> bool:
    try:
        return abs(float(text)) <= most
    except ValueError:
        return False
