"""What readers of documents take from JSON values, whatever stands there: text, lists, times that make sense."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import ijson

from comity.evidence._documents import json_text
from comity.evidence.base import Head

#: Nothing that tells what a document is lies deeper.
_DEEPEST = 100

#: No vulnerability, scan or advisory is dated outside of these; documents write 0001, 1970 and 9999 for not known.
_FIRST, _LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def head_events(head: Head) -> Iterator[tuple[str, str, Any]]:
    """The JSON events of an object, each with its prefix (`document.title`), as far as the head of the file goes."""
    start = json_text(head).lstrip()
    if start.startswith("{"):
        with suppress(ijson.JSONError):
            yield from ijson.parse(_shallow(ijson.basic_parse(io.BytesIO(start.encode()), use_float=True)))


def _shallow(events: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Events up to the first that lies too deep: writing the prefix of each would take time by the square of depth."""
    depth = 0
    for event, value in events:
        depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
        if depth > _DEEPEST:
            return
        yield event, value


def text(value: Any) -> str | None:
    """A string without white space around it; None where nothing is left or it is none. Half characters become `?`."""
    if not isinstance(value, str):
        return None
    return value.strip().encode("utf-8", "replace").decode() or None


def texts(value: Any) -> list[str]:
    """The strings of a list; a single string is a list of one."""
    found = map(text, value if isinstance(value, list) else [value])
    return [item for item in found if item]


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, and nothing else of it."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def within(value: Any, *keys: str) -> Any:
    """The value under keys of objects one in another; None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


class Notes:
    """Notes of a reading: what made no sense, how often, and where first."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def add(self, where: str, note: str) -> None:
        """Count a note; the first place is kept."""
        self._counts[note] += 1
        self._first.setdefault(note, where)

    def lines(self) -> list[str]:
        """The notes for a report, in the order in which they were met first."""
        return [f"{self._counts[note]:,} × {note}, first at {where}" for note, where in self._first.items()]

    def time(self, holder: Any, key: str, where: str) -> datetime | None:
        """The time under a key; None where there is none, or where it can't be one, which is noted."""
        value = within(holder, key)
        if value is None:
            return None
        try:
            time = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            time = None
        if time is None or time.tzinfo is None:
            self.add(f"{where}/{key}", f"`{key}` is no time with an offset from UTC: not known")
        elif not _FIRST <= time < _LAST:
            self.add(f"{where}/{key}", f"`{key}` is before {_FIRST.year} or after {_LAST.year - 1}: not known")
        else:
            return time
        return None
