"""Units: attributes that meet in one atom belong together, and their values fall into classes on which all atoms agree.

A unit of one attribute gets its classes from the distinct values of that attribute; a unit of several from the
distinct combinations that situations hold. CEL is asked once per class and version of the law, never per fact.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from comity.engine.duckdb import Engine
from comity.judge.coding import Coding, key_name
from comity.judge.keys import Key
from comity.judge.truth import Context, Seen, Truth, View, is_settled
from comity.law.cel import Atom
from comity.law.kleene import Kleene
from comity.vocabulary import KINDS

#: Which values of a class are known, then the values of atoms.
Answers = tuple[Any, ...]

#: So many combinations of codes are listed in a query, and no more.
_FEW = 4096

#: So many situations are looked through for each unit, and no more.
_FEW_SITUATIONS = 1000


@dataclass
class Unit:
    """Attributes (relative names, in order) and the atoms that read exactly these.

    ``values[class]`` are values that stand for a class, by full name. ``answers[class]`` say which of these are known,
    and then the value of each atom in each version of the law, whose places ``questions`` tell; ``places`` are those
    of an atom.

    ``sizes`` are the numbers of codes of its attributes; where there are few combinations of these, ``listed`` has the
    class of each: looking up a list takes no join, and joins of many tables take the engine long to plan.
    """

    number: int
    kind: str
    attributes: tuple[str, ...]
    atoms: frozenset[Atom]
    values: list[Mapping[str, Any]] = field(default_factory=list)
    questions: Mapping[tuple[Atom, Hashable], int] = field(default_factory=dict)
    places: Mapping[Atom, Sequence[int]] = field(default_factory=dict)
    answers: Sequence[Answers] = ()
    sizes: Sequence[int] = ()
    listed: list[int] | None = None

    @property
    def column(self) -> str:
        """The column of a situation that holds its class."""
        return f"u{self.number}"

    @property
    def table(self) -> str:
        """The table from codes to class."""
        return f"unit_{self.kind}_{self.number}"

    def full(self, values: Iterable[Any]) -> dict[str, Any]:
        """Values of the attributes by full name."""
        kind = KINDS[self.kind]
        return {kind.full_name(name): value for name, value in zip(self.attributes, values, strict=True)}

    def truths(self, atom: Atom, version: Hashable) -> list[Kleene]:
        """The value of an atom in a version of the law, by class."""
        place = self.questions[atom, version]
        return [answers[place] for answers in self.answers]

    def apart(self, atoms: Iterable[Atom]) -> list[int]:
        """Classes numbered anew, as far as some of the atoms tell them apart."""
        places = [0, *(place for atom in atoms for place in self.places.get(atom, ()))]
        numbers: dict[Answers, int] = {}
        return [numbers.setdefault(tuple([row[place] for place in places]), len(numbers)) for row in self.answers]

    def key(self, alias: str) -> Key:
        """Its class as a key of situations, with the join that this takes, if any."""
        if self.listed is None:
            return Key(self.column, f"{self.column}.class", len(self.values), joins=(self._join(alias),))
        place, weight = ["1"], 1
        for name, size in zip(self.attributes, self.sizes, strict=True):
            place.append(f"{alias}.{key_name(name)} * {weight}")
            weight *= size
        return Key(self.column, f"{listed(self.listed)}[{' + '.join(place)}]", len(self.values))

    def _join(self, alias: str) -> str:
        table = self.column
        return f"JOIN {self.table} {table} ON " + " AND ".join(
            f"{table}.{key_name(name)} = {alias}.{key_name(name)}" for name in self.attributes
        )


def units_of(kind: str, atoms: Iterable[Atom]) -> dict[tuple[str, ...], Unit]:
    """The units of some atoms, by the full names of their attributes. An atom that reads nothing has none."""
    by_attributes: dict[tuple[str, ...], set[Atom]] = {}
    for atom in atoms:
        if atom.attributes:
            by_attributes.setdefault(atom.attributes, set()).add(atom)
    return {
        names: Unit(number, kind, tuple(map(KINDS[kind].relative_name, names)), frozenset(found))
        for number, (names, found) in enumerate(sorted(by_attributes.items()))
    }


class Classifier:
    """Finds classes: values on which a unit's atoms agree in every context, and which miss the same attributes."""

    def __init__(self, truth: Truth, contexts: Mapping[Atom, Sequence[Context]]) -> None:
        """``contexts`` are those in which each atom is asked for."""
        self._truth, self._contexts = truth, contexts

    def classes(self, unit: Unit, rows: Sequence[Sequence[Any]]) -> list[int]:
        """The class of each row of values, whose answers the unit then has. Not known in all attributes is class 0."""
        questions: dict[tuple[Atom, Hashable], tuple[View, Callable[[Seen], Kleene]]] = {
            (atom, self._truth.version(atom, context)): (
                View.of(atom.attributes, context),
                self._truth.asker(atom, context),
            )
            for atom in sorted(unit.atoms, key=lambda atom: atom.text)
            for context in self._contexts[atom]
        }
        views = {view for view, _ in questions.values()}

        def answers(row: Sequence[Any]) -> Answers:
            values = unit.full(row)
            seen = {view: view.seen(values) for view in views}
            known = tuple(None if value is None else is_settled(value) for value in row)
            return (known, *[ask(seen[view]) for view, ask in questions.values()])

        numbers = {answers([None] * len(unit.attributes)): 0}
        classes = [numbers.setdefault(answers(row), len(numbers)) for row in rows]
        unit.questions, unit.answers = {question: place for place, question in enumerate(questions, 1)}, list(numbers)
        places: dict[Atom, list[int]] = {}
        for (atom, _), place in unit.questions.items():
            places.setdefault(atom, []).append(place)
        unit.places = places
        return classes


def build_units(
    engine: Engine, units: Sequence[Unit], codings: Mapping[str, Coding], classifier: Classifier, situations: str
) -> None:
    """Find the classes of units among the situations, and make their tables."""
    for unit, combinations in zip(units, _combinations(engine, units, situations), strict=True):
        _build(engine, unit, combinations, codings, classifier)


def _combinations(engine: Engine, units: Sequence[Unit], situations: str) -> Iterator[list[tuple[int, ...]]]:
    """The combinations of codes that situations hold, for each unit, in order.

    Few situations are looked through here: to do so takes less time than the engine needs for one query.
    """
    names = list(dict.fromkeys(name for unit in units for name in unit.attributes))
    query = f"SELECT {', '.join(map(key_name, names))} FROM {situations} LIMIT {_FEW_SITUATIONS + 1}"
    rows = engine.rows(query) if names else []
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    for unit in units:
        if len(rows) <= _FEW_SITUATIONS:
            yield sorted(set(zip(*(columns[name] for name in unit.attributes), strict=True)))
        else:
            keys = ", ".join(map(key_name, unit.attributes))
            yield engine.rows(f"SELECT DISTINCT {keys} FROM {situations} ORDER BY ALL")


def _build(
    engine: Engine,
    unit: Unit,
    combinations: Sequence[tuple[int, ...]],
    codings: Mapping[str, Coding],
    classifier: Classifier,
) -> None:
    rows = [
        [codings[name].values[code] for name, code in zip(unit.attributes, codes, strict=True)]
        for codes in combinations
    ]
    classes = classifier.classes(unit, rows)
    unit.values = [unit.full([None] * len(unit.attributes))] * len(unit.answers)
    for number, row in zip(classes, rows, strict=True):
        unit.values[number] = unit.full(row)
    unit.sizes = [len(codings[name].values) for name in unit.attributes]
    if prod(unit.sizes) <= _FEW:
        unit.listed = _listed(unit.sizes, combinations, classes)
        return
    columns = {f"k {name}": "INTEGER" for name in unit.attributes}
    engine.create(
        unit.table, {**columns, "class": "INTEGER"}, [(*c, n) for c, n in zip(combinations, classes, strict=True)]
    )


def _listed(sizes: Sequence[int], combinations: Sequence[Sequence[int]], classes: Sequence[int]) -> list[int]:
    """The class of every combination of codes, the first code counting fastest; of those that no situation has, 0."""
    found = [0] * prod(sizes)
    for codes, number in zip(combinations, classes, strict=True):
        place, weight = 0, 1
        for code, size in zip(codes, sizes, strict=True):
            place += code * weight
            weight *= size
        found[place] = number
    return found


def listed(numbers: Iterable[int]) -> str:
    """Some numbers as a list in SQL."""
    return f"[{', '.join(map(str, numbers))}]"
