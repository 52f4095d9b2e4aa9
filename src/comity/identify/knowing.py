"""What is known of a fact by what was found in its content: the columns of fact tables that detection fills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from comity.bounds import at_least

if TYPE_CHECKING:
    from comity.identify.content import Content, Identifier
    from comity.identify.nested import Pieces

#: Attributes of a flow that its content tells, with the SQL by which those of several contents become one. The numbers
#: are the least that there may be, and stand as negative ones: the greatest of them is the smallest.
KNOWN: Mapping[str, str] = {
    "data": "list_sort(list_distinct(flatten(list(data) FILTER (data IS NOT NULL))))",
    "people": "min(people)",
    "devices": "min(devices)",
}

#: What is told with those that follow from them.
TOLD = (*KNOWN, "personal", "sensitive")


def known(content: Content) -> tuple[Any, ...]:
    """The values of ``KNOWN``; what was not found is not known.

    People and devices are counted by the identifier and the field that have the most values. There may be more of them:
    who is not named in a content may be meant by it all the same.
    """
    return (content.data, at_least(_most(content.people)), at_least(_most(content.devices)))


def _most(values: Mapping[tuple[str, str], Collection[int]]) -> int | None:
    return max(map(len, values.values()), default=None)


def identified(identifier: Identifier, pieces: Pieces, notes: Counter[str]) -> Content:
    """What is found in pieces; what of them was not scanned is counted in ``notes``."""
    content = identifier.read(pieces.pieces)
    content.unscanned += pieces.unscanned
    notes.update(dict.fromkeys(content.unscanned, 1))
    return content
