"""What is known of a fact by what was found in its content: the columns of fact tables that detection fills."""

from __future__ import annotations

from collections import Counter
from typing import Any

from comity.identify.content import Content, Identifier
from comity.identify.nested import Pieces

#: Attributes of a flow that its content tells, and with those that follow from them.
KNOWN = ("data",)
TOLD = (*KNOWN, "personal", "sensitive")


def known(content: Content) -> tuple[Any, ...]:
    """The values of ``KNOWN``; what was not found is not known.

    How many people and devices there are is not among them: those found are the least there may be.
    """
    return (content.data,)


def identified(identifier: Identifier, pieces: Pieces, notes: Counter[str]) -> Content:
    """What is found in pieces; what of them was not scanned is counted in ``notes``."""
    content = identifier.read(pieces.pieces)
    content.unscanned += pieces.unscanned
    notes.update(dict.fromkeys(content.unscanned, 1))
    return content
