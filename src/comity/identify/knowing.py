"""What is known of a fact by what was found in its content: the columns of fact tables that detection fills."""

from __future__ import annotations

from collections import Counter
from typing import Any

from comity.identify.content import Content, Identifier
from comity.identify.nested import Pieces

#: Attributes of a flow that its content tells, and with those that follow from them.
KNOWN = ("data", "people", "devices")
TOLD = (*KNOWN, "personal", "sensitive")


def known(content: Content) -> tuple[Any, ...]:
    """The values of ``KNOWN``. What was not found is not known, and how many there are not unless all was scanned."""
    if not content.data:
        return (None,) * len(KNOWN)
    counts = (None, None) if content.unscanned else (content.people, content.devices)
    return (content.data, *counts)


def identified(identifier: Identifier, pieces: Pieces, notes: Counter[str]) -> Content:
    """What is found in pieces; what of them was not scanned is counted in ``notes``."""
    content = identifier.read(pieces.pieces)
    content.unscanned += pieces.unscanned
    notes.update(dict.fromkeys(content.unscanned, 1))
    return content
