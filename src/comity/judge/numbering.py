"""Numbers for combinations of small numbers, many at a time: alike rows get the same."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from comity.judge.packing import CAPACITY

#: An array of whole numbers from 0.
Numbers = NDArray[np.int64]


def numbered(parts: Iterable[tuple[NDArray[np.integer], int]], rows: int) -> tuple[Numbers, Numbers]:
    """Number the different combinations of ``parts`` from 0: the number of each row, and where each is first seen.

    A part is an array of so many ``rows`` of numbers from 0, and how many values these can have.
    """
    packed, size = np.zeros(rows, np.int64), 1
    for part, values in parts:
        if size * values >= CAPACITY:
            packed, firsts = _dense(packed, size)
            size = len(firsts)
        packed = packed * values + part
        size *= values
    return _dense(packed, size)


def _dense(packed: Numbers, size: int) -> tuple[Numbers, Numbers]:
    """Numbers below ``size`` as places among those that occur, in order; and where each is first seen."""
    if size > 4 * len(packed) + 4096:
        _, firsts, places = np.unique(packed, return_index=True, return_inverse=True)
        return places, firsts
    first = np.full(size, -1, np.int64)
    first[packed[::-1]] = np.arange(len(packed) - 1, -1, -1)
    seen = np.flatnonzero(first >= 0)
    place = np.zeros(size, np.int64)
    place[seen] = np.arange(len(seen))
    return place[packed], first[seen]
