"""How grave what is said is: the words, the mark and the class by which a page shows it. Never a colour alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from comity.judge.judgement import GRADES


@dataclass(frozen=True)
class Grade:
    """A grade: its name in ``GRADES``, the English words for it, and its mark."""

    name: str
    words: str
    mark: str


#: By name, from the gravest.
GRADE = {
    name: Grade(name, words, mark)
    for name, words, mark in zip(
        GRADES,
        (
            "breach of law",
            "commitment not kept",
            "indicator or recommendation",
            "not known",
            "kept",
            "no rule speaks of it",
        ),
        ("✕", "◆", "▲", "?", "✓", "–"),
        strict=True,
    )
}


def gravest(grades: Iterable[str]) -> Grade:
    """The gravest of some grades; that no rule speaks of it where there are none."""
    return GRADE[min(grades, key=GRADES.index, default=GRADES[-1])]


@dataclass(frozen=True)
class Cell:
    """A cell of a table: how many of each grade, from the gravest."""

    counts: tuple[tuple[Grade, int], ...]

    @staticmethod
    def of(counts: Counter[str]) -> Cell:
        """A cell from numbers by the names of grades."""
        return Cell(tuple((GRADE[name], counts[name]) for name in GRADES if counts[name]))

    @property
    def worst(self) -> Grade:
        """The gravest grade."""
        return gravest(grade.name for grade, _ in self.counts)

    @property
    def rank(self) -> int:
        """Lower is graver."""
        return GRADES.index(self.worst.name)

    @property
    def worst_count(self) -> int:
        """How many have it."""
        return self.counts[0][1] if self.counts else 0
