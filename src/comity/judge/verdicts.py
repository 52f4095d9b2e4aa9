"""Verdicts of situations: each different combination of classes is judged once by each duty.

A *vector* is a combination of an epoch (a stretch of time in which the law stands still) and of the classes of all
units. Duties look at their own part of it. Vectors on which every duty says the same, for the same missing facts, share
a *mark*, and marks are what findings and cells are grouped by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.engine.duckdb import Engine
from comity.judge.outcome import Case, Outcome
from comity.judge.periods import Periods
from comity.judge.truth import Context, Truth
from comity.judge.units import Unit
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
    """Judges the vectors of one kind's situations. ``sayings`` are verdicts with what is missing, by number."""

    def __init__(
        self,
        engine: Engine,
        truth: Truth,
        duties: Sequence[Duty],
        units: Mapping[tuple[str, ...], Unit],
        periods: Periods,
    ) -> None:
        self._engine, self._truth, self._duties, self._units, self._periods = engine, truth, duties, units, periods
        self._numbers: dict[tuple[str, tuple[str, ...]], int] = {}
        self.outcomes: list[Outcome] = []

    @property
    def sayings(self) -> list[tuple[str, tuple[str, ...]]]:
        """What outcomes say: (verdict, missing attributes), in the order of their numbers."""
        return list(self._numbers)

    def assign(self, situations: str, facets: Sequence[str]) -> None:
        """Make the tables ``vectors``, ``judged`` (vector, duty, outcome), ``said`` (mark, duty) and ``marked``.

        The last holds the situations with their mark, period and ``facets``, all other keys added up.
        """
        self._make_vectors(situations)
        number = "INTEGER"
        self._engine.create("judged", {"vector": number, "duty": number, "outcome": number, "said": number})
        for index, duty in enumerate(self._duties):
            self._judge(index, duty)
        self._engine.run(
            "CREATE OR REPLACE TABLE marks AS SELECT vector, dense_rank() OVER (ORDER BY said)::INTEGER AS mark FROM "
            "(SELECT vector, list(said ORDER BY duty) AS said FROM judged GROUP BY vector)"
        )
        self._engine.run(
            "CREATE OR REPLACE TABLE said AS SELECT mark, duty, any_value(said) AS said FROM judged "
            "JOIN marks USING (vector) GROUP BY mark, duty"
        )
        keys = ", ".join(["period", *facets, "mark"])
        self._engine.run(
            f"CREATE OR REPLACE TABLE marked AS SELECT {keys}, sum(n)::BIGINT AS n, sum(bytes)::BIGINT AS bytes, "
            "min(first) AS first, max(last) AS last, min(ref_even) AS ref_even, min(ref_odd) AS ref_odd "
            f"FROM classed JOIN vectors v USING ({self._vector_keys}) JOIN marks USING (vector) GROUP BY {keys}"
        )

    def _make_vectors(self, situations: str) -> None:
        """Number the vectors; the view ``classed`` shows every situation with its epoch and classes."""
        moments = dict.fromkeys((period.moment, period.happened) for period in self._periods.all)
        keys = {m: tuple(self._epoch(duty, Context.of(duty.pack, *m)) for duty in self._duties) for m in moments}
        epochs: dict[Any, int] = {}
        rows = [
            (number, epochs.setdefault(keys[period.moment, period.happened], number))
            for number, period in enumerate(self._periods.all)
        ]
        self._engine.create("epochs", {"period": "INTEGER", "epoch": "INTEGER"}, rows)
        units = self._units.values()
        classes = ", ".join(["epoch", *(f"{unit.column}.class AS {unit.column}" for unit in units)])
        joins = " ".join(unit.join("s") for unit in units)
        self._vector_keys = ", ".join(["epoch", *(unit.column for unit in units)])
        self._engine.run(
            f"CREATE OR REPLACE VIEW classed AS "
            f"SELECT s.*, {classes} FROM {situations} s JOIN epochs USING (period) {joins}"
        )
        self._engine.run(
            "CREATE OR REPLACE TABLE vectors AS "
            f"SELECT row_number() OVER (ORDER BY {self._vector_keys})::INTEGER AS vector, * "
            f"FROM (SELECT {self._vector_keys}, sum(n)::BIGINT AS total FROM classed GROUP BY ALL)"
        )

    def _epoch(self, duty: Duty, context: Context) -> tuple[Any, ...]:
        """What of a moment matters to a duty; equal epochs give equal outcomes on equal classes."""
        force = tuple(context.in_force(rule) for rule in duty.rule.with_exceptions())
        return (force, *(self._truth.version(atom, context) for atom in duty.atoms))

    def _judge(self, number: int, duty: Duty) -> None:
        """Judge each different combination of epoch and of the duty's own classes."""
        units = [self._units[names] for names in sorted({atom.attributes for atom in duty.atoms if atom.attributes})]
        columns = ", ".join(["epoch", *(unit.column for unit in units)])
        answers: dict[int, _Answers] = {}
        rows = []
        for epoch, *classes in self._engine.rows(f"SELECT DISTINCT {columns} FROM vectors ORDER BY ALL"):
            if epoch not in answers:
                period = self._periods.all[epoch]
                context = Context.of(duty.pack, period.moment, period.happened)
                answers[epoch] = _Answers(self._truth, duty, units, context)
            outcome = answers[epoch].case(classes).judge(duty.rule)
            rows.append((epoch, *classes, len(self.outcomes), self._said(outcome)))
            self.outcomes.append(outcome)
        types = dict.fromkeys((*columns.split(", "), "outcome", "said"), "INTEGER")
        self._engine.create("combinations", types, rows)
        self._engine.run(
            f"INSERT INTO judged SELECT vector, {number}, outcome, said "
            f"FROM vectors JOIN combinations USING ({columns})"
        )

    def _said(self, outcome: Outcome) -> int:
        return self._numbers.setdefault((outcome.verdict, outcome.missing), len(self._numbers))


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
