"""Values that hold for a time only, such as a certification from one day until another.

Inside fact tables such an element is written ``dpf@2023-10-01/2025-01-01``, either day may be empty; days begin at
midnight UTC. Only ``certifications`` have dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any

_DATED = re.compile(r"(?P<name>.*)@(?P<start>\d{4}-\d\d-\d\d)?/(?P<end>\d{4}-\d\d-\d\d)?")


def written(name: str, start: date | None, end: date | None) -> str:
    """An element as fact tables hold it; without days it is the name alone."""
    return f"{name}@{start or ''}/{end or ''}" if start or end else name


def is_dated(attribute: str) -> bool:
    """Whether an attribute's elements may have dates."""
    return attribute.endswith(".certifications")


def _split(element: str) -> tuple[str, datetime | None, datetime | None]:
    found = _DATED.fullmatch(element)
    if not found:
        return element, None, None
    start, end = (_midnight(day) if day else None for day in found.group("start", "end"))
    return found["name"], start, end


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.min, UTC)


def valid_at(elements: Iterable[str], moment: datetime) -> list[str]:
    """The names that hold at a moment."""
    parts = (_split(element) for element in elements)
    return sorted({n for n, start, end in parts if (not start or start <= moment) and (not end or moment < end)})


def cuts(elements: Any) -> Iterator[datetime]:
    """The instants at which some element begins or ends to hold."""
    for element in elements or ():
        _, start, end = _split(element)
        yield from (moment for moment in (start, end) if moment)
