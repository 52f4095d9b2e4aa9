"""Verdicts of situations: each different combination of classes is judged once by each duty.

A *vector* is a combination of an epoch (a stretch of time in which the law stands still) and of the classes of all
units. Duties look at their own part of it. Vectors on which every duty says the same, for the same missing facts, share
a *mark*, and marks are what findings and cells are grouped by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.engine.duckdb import Engine
from comity.judge.contexts import Contexts
from comity.judge.keys import Key
from comity.judge.outcome import Case, Outcome
from comity.judge.packing import Packed, pack
from comity.judge.periods import Periods
from comity.judge.truth import Context, Truth
from comity.judge.units import Unit, listed
from comity.law.cel import Atom
from comity.law.kleene import Kleene
from comity.law.model import Pack, Rule
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

    @property
    def attributes(self) -> tuple[str, ...]:
        """The relative names of the attributes it reads."""
        names = {name for atom in self.atoms for name in atom.attributes if not name.startswith(TALLY)}
        return tuple(sorted(map(KINDS[self.rule.about].relative_name, names)))

    @property
    def clocks(self) -> tuple[str, ...]:
        """The clocks it reads, as rules name them."""
        return tuple(sorted({name for atom in self.atoms for name in atom.attributes if name.startswith(CLOCK)}))

    @property
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

    @property
    def sayings(self) -> list[tuple[str, tuple[str, ...]]]:
        """What outcomes say: (verdict, missing attributes), in the order of their numbers."""
        return list(self._numbers)

    def assign(self, situations: str, facets: Sequence[str]) -> None:
        """Make the tables ``said`` (mark, duty) and ``marked``, and count the facts of every outcome.

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
        """Judge every vector by every duty; each different part of it once."""
        columns = [key.name for part in self._packed for key in part.keys]
        unpacked = ", ".join(digit for part in self._packed for digit in part.unpacked())
        judges = [_DutyJudge(self, duty, columns) for duty in self._duties]
        marks: dict[tuple[int, ...], int] = {}
        marked = []
        for vector, total, *classes in self._engine.stream(
            f"SELECT vector, total, {unpacked} FROM vectors ORDER BY vector"
        ):
            found = [judge.outcome(classes) for judge in judges]
            for number, (outcome, _) in enumerate(found):
                self.counts[number, outcome] += total
            said = tuple(said for _, said in found)
            marked.append((vector, marks.setdefault(said, len(marks))))
        self._engine.create("marks", {"vector": "INTEGER", "mark": "INTEGER"}, marked)
        rows = ((mark, duty, number) for said, mark in marks.items() for duty, number in enumerate(said))
        self._engine.create("said", dict.fromkeys(("mark", "duty", "said"), "INTEGER"), rows)

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
            epochs_of.append(epochs.setdefault(tuple(parts), number))
        keys = [Key("epoch", f"{listed(epochs_of)}[s.period + 1]", len(epochs_of))]
        keys += [unit.key("s") for unit in self._units.values()]
        self._packed = pack(keys, "vector")
        joins = " ".join(join for key in keys for join in key.joins)
        numbers = ", ".join(f"{part.sum(None)} AS {part.column}" for part in self._packed)
        self._engine.table("classed", f"SELECT s.*, {numbers} FROM {situations} s {joins}")
        self._engine.run(f"DROP TABLE {situations}")
        columns = self._columns()
        self._engine.table(
            "vectors",
            f"SELECT row_number() OVER (ORDER BY {columns})::INTEGER AS vector, * "
            f"FROM (SELECT {columns}, sum(n)::BIGINT AS total FROM classed GROUP BY ALL)",
        )

    def _columns(self) -> str:
        return ", ".join(part.column for part in self._packed)


class _DutyJudge:
    """One duty before many vectors: what it said of the same epoch and classes it says again."""

    def __init__(self, verdicts: Verdicts, duty: Duty, columns: Sequence[str]) -> None:
        self._verdicts, self._duty, self._units = verdicts, duty, verdicts.units_of(duty)
        self._places = [columns.index(name) for name in ("epoch", *(unit.column for unit in self._units))]
        self._known: dict[tuple[int, ...], tuple[int, int]] = {}

    def outcome(self, classes: Sequence[int]) -> tuple[int, int]:
        """The numbers of the outcome and of the saying."""
        key = tuple([classes[place] for place in self._places])
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._verdicts.judge(self._duty, self._units, key[0], key[1:])
        return found


class _Answers:
    """The value of each atom of a duty for each class of its unit, at one moment: asked once, looked up often."""

    def __init__(self, truth: Truth, duty: Duty, units: Sequence[Unit], context: Context) -> None:
        self._context = context
        places = {atom: place for place, unit in enumerate(units) for atom in unit.atoms}
        self._places: dict[Atom, int | None] = {}
        self._values: dict[Atom, Sequence[Mapping[str, Any]]] = {}
        self._table: dict[Atom, list[Kleene]] = {}
        for atom in duty.atoms:
            place = places.get(atom)
            self._places[atom] = place
            self._values[atom] = [{}] if place is None else units[place].values
            self._table[atom] = [truth.of(atom, values, context) for values in self._values[atom]]

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
