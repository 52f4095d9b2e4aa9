"""Verdicts of situations: each different combination of classes is judged once by each duty.

A *vector* is a combination of an epoch (a stretch of time in which the law stands still) and of the classes of all
units. Duties look at their own part of it. Vectors on which every duty says the same, for the same missing facts, share
a *mark*, and marks are what findings and cells are grouped by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.engine.duckdb import Engine
from comity.judge.contexts import Contexts
from comity.judge.keys import Key
from comity.judge.numbering import Numbers, numbered
from comity.judge.outcome import Case, Outcome
from comity.judge.packing import Packed, pack
from comity.judge.periods import Periods
from comity.judge.truth import Context, Truth
from comity.judge.units import Unit, listed
from comity.law.cel import Atom
from comity.law.kleene import Kleene
from comity.law.model import OUT_OF_SCOPE, Pack, Rule
from comity.vocabulary import CLOCK, KINDS, TALLY


@dataclass(frozen=True, eq=False)
class Duty:
    """A rule to judge by, with every atom that it and its exceptions read."""

    pack: Pack
    rule: Rule
    atoms: tuple[Atom, ...]

    @staticmethod
    def of(pack: Pack, rule: Rule) -> Duty:
        """The duty that a rule of a pack states."""
        return Duty(pack, rule, tuple(sorted(rule.atoms(), key=lambda atom: atom.text)))

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """The relative names of the attributes it reads."""
        names = {name for atom in self.atoms for name in atom.attributes if not name.startswith(TALLY)}
        return tuple(sorted(map(KINDS[self.rule.about].relative_name, names)))

    @cached_property
    def clocks(self) -> tuple[str, ...]:
        """The clocks it reads, as rules name them."""
        return tuple(sorted({name for atom in self.atoms for name in atom.attributes if name.startswith(CLOCK)}))

    @cached_property
    def tallies(self) -> tuple[str, ...]:
        """The tallies it reads, as rules name them."""
        return tuple(sorted({name for atom in self.atoms for name in atom.attributes if name.startswith(TALLY)}))


class Verdicts:
    """Judges the vectors of one kind's situations. ``sayings`` are verdicts with what is missing, by number.

    ``counts`` are numbers of facts by the numbers of the duty and of its outcome.
    """

    def __init__(
        self,
        engine: Engine,
        truth: Truth,
        duties: Sequence[Duty],
        units: Mapping[tuple[str, ...], Unit],
        periods: Periods,
        contexts: Contexts,
    ) -> None:
        self._engine, self._truth, self._duties, self._units, self._periods = engine, truth, duties, units, periods
        self._contexts = contexts
        self._numbers: dict[tuple[str, tuple[str, ...]], int] = {}
        self._answers: dict[tuple[int, int], _Answers] = {}
        self._packed: list[Packed] = []
        self.outcomes: list[Outcome] = []
        self.counts: Counter[tuple[int, int]] = Counter()
        self._duty_epochs: list[list[int]] = []

    @property
    def sayings(self) -> list[tuple[str, tuple[str, ...]]]:
        """What outcomes say: (verdict, missing attributes), in the order of their numbers."""
        return list(self._numbers)

    def assign(self, situations: str, facets: Sequence[str]) -> None:
        """Make the tables ``marks`` (vector, mark), ``said`` (mark, duty, said) and ``marked``; count facts by outcome.

        Nothing stands in ``said`` where a mark is out of the scope of a duty.

        The last holds the situations with their mark, period and ``facets``, all other keys added up.
        """
        self._make_vectors(situations)
        self._judge_vectors()
        keys = ", ".join(["period", *facets, "mark"])
        self._engine.table(
            "marked",
            f"SELECT {keys}, sum(n)::BIGINT AS n, sum(bytes)::BIGINT AS bytes, sum(measured)::BIGINT AS measured, "
            "min(first) AS first, max(last) AS last, min(ref_even) AS ref_even, min(ref_odd) AS ref_odd "
            f"FROM {self.marked} GROUP BY {keys}",
        )

    @property
    def marked(self) -> str:
        """The situations with all their keys and their mark, as SQL."""
        return f"classed JOIN vectors v USING ({self._columns()}) JOIN marks USING (vector)"

    def _judge_vectors(self) -> None:
        """Judge the vectors by every duty, each different part of them once; and number what is said of them.

        A duty looks at few units, so it has few different parts to judge, however many vectors there are.
        """
        vectors = self._engine.arrays(f"SELECT total, {self._columns()} FROM vectors ORDER BY vector")
        classes = _unpacked(self._packed, vectors)
        judges = [_DutyJudge(self, duty, epochs) for duty, epochs in zip(self._duties, self._duty_epochs, strict=True)]
        rows = len(vectors["total"])

        def sayings() -> Iterator[tuple[Numbers, int]]:
            for number, judge in enumerate(judges):
                parts, found = judge.outcomes(classes, rows)
                totals = np.bincount(parts, vectors["total"], len(found))
                for (outcome, _), total in zip(found, totals, strict=True):
                    self.counts[number, outcome] += int(total)
                different, said = np.unique([said for _, said in found], return_inverse=True)
                yield said[parts], len(different)

        marks, firsts = numbered(sayings(), rows)
        self._engine.load("marks", {"vector": np.arange(1, rows + 1, dtype=np.int32), "mark": marks.astype(np.int32)})
        self._engine.load(
            "said", self._said(judges, {name: part[firsts] for name, part in classes.items()}, len(firsts))
        )

    def _said(
        self, judges: Sequence[_DutyJudge], classes: Mapping[str, Numbers], marks: int
    ) -> dict[str, NDArray[Any]]:
        """What each duty says of the marks that it reaches, or may; ``classes`` are those of one vector of each."""
        outside = self._numbers.get((OUT_OF_SCOPE, ()))
        found = []
        for number, judge in enumerate(judges):
            parts, outcomes = judge.outcomes(classes, marks)
            said = np.array([said for _, said in outcomes], np.int32)[parts]
            mark = np.flatnonzero(said != outside).astype(np.int32)
            found.append((mark, np.full(len(mark), number, np.int32), said[mark]))
        columns = (np.concatenate(column) for column in zip(*found, strict=True))
        return dict(zip(("mark", "duty", "said"), columns, strict=True))

    def judge(self, duty: Duty, units: Sequence[Unit], epoch: int, classes: Sequence[int]) -> tuple[int, int]:
        """The numbers of the outcome and of the saying of a duty, on the classes of its units in an epoch."""
        key = (id(duty), epoch)
        if key not in self._answers:
            context = self._contexts.of(duty.pack, epoch)
            self._answers[key] = _Answers(self._truth, duty, units, context)
        outcome = self._answers[key].case(classes).judge(duty.rule)
        self.outcomes.append(outcome)
        said = self._numbers.setdefault((outcome.verdict, outcome.missing), len(self._numbers))
        return len(self.outcomes) - 1, said

    def units_of(self, duty: Duty) -> list[Unit]:
        """The units that a duty's atoms belong to."""
        return [self._units[names] for names in sorted({atom.attributes for atom in duty.atoms if atom.attributes})]

    def _make_vectors(self, situations: str) -> None:
        """Number the vectors; ``classed`` has every situation with its epoch and classes, packed. It takes the place
        of the situations.
        """
        known: dict[tuple[int, int], tuple[Any, ...]] = {}
        self._duty_epochs = [[] for _ in self._duties]
        own: list[dict[tuple[Any, ...], int]] = [{} for _ in self._duties]
        epochs: dict[Any, int] = {}
        epochs_of = []
        for number in range(len(self._periods.all)):
            parts = []
            for place, duty in enumerate(self._duties):
                context = self._contexts.of(duty.pack, number)
                key = (place, id(context))
                if key not in known:
                    known[key] = self._truth.epoch(duty.rule.with_exceptions(), duty.atoms, context)
                parts.append(known[key])
                self._duty_epochs[place].append(own[place].setdefault(known[key], len(own[place])))
            epochs_of.append(epochs.setdefault(tuple(parts), number))
        keys = [Key("epoch", f"{listed(epochs_of)}[s.period + 1]", len(epochs_of))]
        keys += [unit.key("s") for unit in self._units.values()]
        self._packed = pack(keys, "vector")
        joins = " ".join(join for key in keys for join in key.joins)
        numbers = ", ".join(f"{part.sum(None)} AS {part.column}" for part in self._packed)
        self._engine.table("classed", f"SELECT s.*, {numbers} FROM {situations} s {joins}")
        self._engine.drop(situations)
        columns = self._columns()
        self._engine.table(
            "vectors",
            f"SELECT row_number() OVER (ORDER BY {columns})::INTEGER AS vector, * "
            f"FROM (SELECT {columns}, sum(n)::BIGINT AS total FROM classed GROUP BY ALL)",
        )

    def _columns(self) -> str:
        return ", ".join(part.column for part in self._packed)


def _unpacked(packed: Sequence[Packed], columns: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """The digits of packed numbers, by the names of their keys, in as little memory as they need."""
    found = {}
    for part in packed:
        rest = columns[part.column]
        for key in part.keys:
            rest, digit = np.divmod(rest, key.values)
            found[key.name] = digit.astype(np.min_scalar_type(key.values))
    return found


class _DutyJudge:
    """One duty before many vectors. Of these it sees no more than what its own atoms tell apart; and what it said of
    the same it says again.

    ``epochs`` are numbers of what the law is to the duty, by epoch.
    """

    def __init__(self, verdicts: Verdicts, duty: Duty, epochs: Sequence[int]) -> None:
        self._verdicts, self._duty, self._units = verdicts, duty, verdicts.units_of(duty)
        self._apart = {"epoch": np.array(epochs)}
        self._apart |= {unit.column: np.array(unit.apart(duty.atoms)) for unit in self._units}
        self._known: dict[tuple[int, ...], tuple[int, int]] = {}

    def outcomes(self, classes: Mapping[str, Numbers], rows: int) -> tuple[Numbers, list[tuple[int, int]]]:
        """The part of each of so many vectors that the duty looks at, as a number; for each number the outcome and the
        saying, by their numbers.
        """
        seen = ((apart[classes[name]], int(apart.max()) + 1) for name, apart in self._apart.items())
        parts, firsts = numbered(seen, rows)
        columns = zip(*(classes[name][firsts].tolist() for name in self._apart), strict=True)
        return parts, [self._outcome(epoch, own) for epoch, *own in columns]

    def _outcome(self, epoch: int, classes: Sequence[int]) -> tuple[int, int]:
        key = tuple([int(apart[n]) for apart, n in zip(self._apart.values(), (epoch, *classes), strict=True)])
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._verdicts.judge(self._duty, self._units, epoch, classes)
        return found


class _Answers:
    """The value of each atom of a duty for each class of its unit, at one moment: asked once, looked up often."""

    def __init__(self, truth: Truth, duty: Duty, units: Sequence[Unit], context: Context) -> None:
        self._context = context
        self._places: dict[Atom, int | None] = {}
        self._values: dict[Atom, Sequence[Mapping[str, Any]]] = {}
        self._table: dict[Atom, list[Kleene]] = {}
        for atom in duty.atoms:
            place = next((place for place, unit in enumerate(units) if atom in unit.atoms), None)
            self._places[atom] = place
            self._values[atom] = [{}] if place is None else units[place].values
            self._table[atom] = (
                [truth.of(atom, {}, context)]
                if place is None
                else units[place].truths(atom, truth.version(atom, context))
            )

    def case(self, classes: Sequence[int]) -> Case:
        """The case of one combination of classes."""

        def class_of(atom: Atom) -> int:
            place = self._places[atom]
            return 0 if place is None else classes[place]

        return Case(
            lambda atom: self._table[atom][class_of(atom)],
            lambda atom: self._values[atom][class_of(atom)],
            self._context,
        )
