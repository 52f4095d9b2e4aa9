"""Many vectors before all duties: the same as one by one, as work on arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.judge.numbering import Numbers, numbered
from comity.judge.packing import Packed
from comity.judge.verdicts import DutyJudge, Verdicts

#: The columns of a table.
Columns = dict[str, NDArray[Any]]


def judge_many(
    verdicts: Verdicts, judges: Sequence[DutyJudge], packed: Sequence[Packed], vectors: Mapping[str, Numbers]
) -> tuple[Columns, Columns]:
    """Judge vectors, columns of their totals and packed numbers: the tables of their marks, and of what is said of
    these. The facts of each outcome are added to the counts.
    """
    classes = _unpacked(packed, vectors)
    duties = [_Duty(judge) for judge in judges]
    rows = len(vectors["total"])

    def sayings() -> Iterator[tuple[Numbers, int]]:
        for number, duty in enumerate(duties):
            parts, found = duty.outcomes(classes, rows)
            totals = np.bincount(parts, vectors["total"], len(found))
            for (outcome, _), total in zip(found, totals, strict=True):
                verdicts.counts[number, outcome] += int(total)
            different, said = np.unique([said for _, said in found], return_inverse=True)
            yield said[parts], len(different)

    marks, firsts = numbered(sayings(), rows)
    first = {name: part[firsts] for name, part in classes.items()}
    return (
        {"vector": np.arange(1, rows + 1, dtype=np.int32), "mark": marks.astype(np.int32)},
        _said(duties, first, len(firsts), verdicts.outside),
    )


def _said(duties: Sequence[_Duty], classes: Mapping[str, Numbers], marks: int, outside: int | None) -> Columns:
    """What each duty says of the marks that it reaches, or may; ``classes`` are those of one vector of each."""
    found = []
    for number, duty in enumerate(duties):
        parts, outcomes = duty.outcomes(classes, marks)
        said = np.array([said for _, said in outcomes], np.int32)[parts]
        mark = np.flatnonzero(said != outside).astype(np.int32)
        found.append((mark, np.full(len(mark), number, np.int32), said[mark]))
    columns = (np.concatenate(column) for column in zip(*found, strict=True))
    return dict(zip(("mark", "duty", "said"), columns, strict=True))


def _unpacked(packed: Sequence[Packed], columns: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """The digits of packed numbers, by the names of their keys, in as little memory as they need."""
    found = {}
    for part in packed:
        rest = columns[part.column]
        for key in part.keys:
            rest, digit = np.divmod(rest, key.values)
            found[key.name] = digit.astype(np.min_scalar_type(key.values))
    return found


class _Duty:
    """One duty before many vectors."""

    def __init__(self, judge: DutyJudge) -> None:
        self._judge, self._apart = judge, {name: np.array(apart) for name, apart in judge.apart.items()}

    def outcomes(self, classes: Mapping[str, Numbers], rows: int) -> tuple[Numbers, list[tuple[int, int]]]:
        """The part of each of so many vectors that the duty looks at, as a number; for each number the outcome and the
        saying, by their numbers.
        """
        seen = ((apart[classes[name]], int(apart.max()) + 1) for name, apart in self._apart.items())
        parts, firsts = numbered(seen, rows)
        columns = zip(*(classes[name][firsts].tolist() for name in self._apart), strict=True)
        return parts, [self._judge.outcome(dict(zip(self._apart, row, strict=True))) for row in columns]
