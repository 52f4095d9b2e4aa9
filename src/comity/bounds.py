"""Numbers known within bounds, and those of which the least is known: at least so many people.

A pair ``(least, most)`` stands for a number within bounds. In a column of integers a negative number stands for one of
which only the least is known, since there are never fewer than none: ``-1 - n`` is *at least n*. Nothing but our own
readers writes such numbers, and they do so for ``OPEN`` attributes alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

#: The most of a number that has no upper bound.
UNBOUNDED = 1 << 62

#: The attributes, by their names within a kind, of which the least may be all that is known.
OPEN = frozenset({"people", "devices"})


def at_least(number: int | None) -> int | None:
    """What stands in a column for *at least so many*; nothing for none."""
    return None if number is None else -1 - number


def decoded(name: str, value: Any) -> Any:
    """A value out of a column, by the relative name of its attribute: a pair where only the least is known."""
    return (-1 - value, UNBOUNDED) if name in OPEN and isinstance(value, int) and value < 0 else value


def least(value: str) -> str:
    """The least that a number out of a column may be, as SQL."""
    return f"CASE WHEN {value} < 0 THEN -1 - {value} ELSE {value} END"


def is_between(value: object) -> bool:
    """Whether a value is a number of which no more than the bounds are known."""
    return isinstance(value, tuple) and len(value) == 2 and value[0] != value[1]


def between(least: float, most: float, cuts: Sequence[Any]) -> list[float]:
    """Numbers that stand for all within bounds: both ends, the cuts, and one between any two of these."""
    inside = {cut for cut in cuts if isinstance(cut, int) and least < cut < most}
    ends = sorted({least, most, *inside})
    pairs = itertools.pairwise(ends)
    middles = {(low + high) // 2 if isinstance(least, int) else (low + high) / 2 for low, high in pairs}
    return sorted({*ends, *middles})
