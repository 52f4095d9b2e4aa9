"""Every attribute in use as a small integer per fact: a code for each distinct value, or for each class of values.

A class is a set of values on which all atoms agree at every moment of the law in question, so the law needs to look at
one value of each. Code 0 always means *not known*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from comity.engine.duckdb import Engine, literal, quote
from comity.judge.truth import Context, Truth
from comity.law.cel import Atom
from comity.vocabulary import Attribute, Kind, Type


@dataclass
class Coding:
    """How one attribute is coded.

    ``values[code]`` is the value that stands for a code, ``classes[code]`` the class of a code. ``expression`` turns
    a value (SQL) into a code without a table; otherwise ``table`` holds ``value``, ``code`` and ``class``.
    """

    attribute: Attribute
    by_class: bool
    values: list[Any] = field(default_factory=lambda: [None])
    classes: list[int] = field(default_factory=lambda: [0])
    table: str | None = None
    cuts: tuple[Any, ...] = ()

    @property
    def column(self) -> str:
        """Which column of ``table`` goes into the key."""
        return "class" if self.by_class else "code"

    def expression(self, value: str) -> str | None:
        """The code of a value as an SQL expression (null where the value is), or None where a table is needed."""
        if self.attribute.type is Type.BOOL:
            return f"CASE {value} WHEN false THEN 1 WHEN true THEN 2 END"
        if self.table is None:
            steps = [f"({value} >= {_sql(cut)})::INTEGER + ({value} > {_sql(cut)})::INTEGER" for cut in self.cuts]
            return f"CASE WHEN {value} IS NOT NULL THEN {' + '.join(['1', *steps])} END"
        return None


def _sql(cut: Any) -> str:
    return f"TIMESTAMPTZ {literal(cut.isoformat())}" if isinstance(cut, datetime) else str(cut)


def bool_coding(attribute: Attribute) -> Coding:
    """Not known, false, true."""
    return Coding(attribute, by_class=False, values=[None, False, True], classes=[0, 1, 2])


def interval_coding(attribute: Attribute, atoms: Iterable[Atom]) -> Coding:
    """Intervals between the constants that atoms compare a number or a time with; each constant is one of its own."""
    cuts = tuple(sorted({cut for atom in atoms for cut in atom.cuts}))
    step: Any = timedelta(microseconds=1) if attribute.type is Type.TIME else 1
    values: list[Any] = [None, cuts[0] - step if cuts else 0]
    for cut in cuts:
        values += [cut, cut + step]
    return Coding(attribute, by_class=False, values=values, classes=list(range(len(values))), cuts=cuts)


def table_coding(
    engine: Engine,
    attribute: Attribute,
    table: str,
    queries: Sequence[str],
    by_class: bool,
) -> Coding:
    """A code for each distinct value that ``queries`` (one column ``value``) give; lists are compared as sets."""
    canonical = "list_sort(list_distinct(value))" if attribute.type.is_list else "value"
    union = " UNION ".join(f"({query})" for query in queries)
    engine.run(
        f"CREATE OR REPLACE TABLE {table} AS SELECT value, dense_rank() OVER (ORDER BY {canonical})::INTEGER AS code, "
        f"0 AS class, {canonical} AS canonical FROM ({union}) WHERE value IS NOT NULL"
    )
    rows = engine.rows(f"SELECT DISTINCT code, canonical FROM {table} ORDER BY code")
    values = [None, *(canonical for _, canonical in rows)]
    return Coding(attribute, by_class, values, list(range(len(values))), table)


def classify(
    engine: Engine, kind: Kind, coding: Coding, atoms: Sequence[Atom], truth: Truth, contexts: Sequence[Context]
) -> None:
    """Fold the codes of a table coding into classes on which ``atoms``, all over this one attribute, agree."""
    name = kind.full_name(coding.attribute.name)
    questions = [
        (atom, context)
        for atom in sorted(atoms, key=lambda atom: atom.text)
        for context in {truth.version(atom, context): context for context in contexts}.values()
    ]
    numbers: dict[tuple[Any, ...], int] = {}
    for code, value in enumerate(coding.values[1:], 1):
        answers = tuple(truth.of(atom, {name: value}, context) for atom, context in questions)
        coding.classes[code] = numbers.setdefault(answers, len(numbers) + 1)
    mapping = f"{coding.table}_classes"
    engine.create(mapping, {"code": "INTEGER", "class": "INTEGER"}, list(enumerate(coding.classes)))
    engine.run(f"UPDATE {coding.table} SET class = m.class FROM {mapping} m WHERE m.code = {coding.table}.code")
    if coding.by_class:
        representatives = {number: coding.values[code] for code, number in reversed(list(enumerate(coding.classes)))}
        coding.values = [representatives[number] for number in range(len(numbers) + 1)]
        coding.classes = list(range(len(coding.values)))


def key_name(attribute: str) -> str:
    """The column that holds an attribute's code."""
    return quote(f"k {attribute}")
