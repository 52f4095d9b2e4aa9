"""Every attribute in use as a small integer per fact: a code for each distinct value. Code 0 means *not known*.

Where nothing but the law needs an attribute, its values are folded into classes before they get codes: sets of values
on which all atoms agree at every moment of the law in question, so that the law looks at one value of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from comity.bounds import OPEN, UNBOUNDED, decoded
from comity.engine.duckdb import Engine, literal, quote
from comity.law.cel import Atom
from comity.vocabulary import Attribute, Type


@dataclass
class Coding:
    """How one attribute is coded: ``values[code]`` is the value that stands for a code.

    Values become codes by an ``expression`` (bools; numbers and times that atoms compare with constants alone), or
    by a ``table`` with the columns ``value`` and ``code``. Lists are looked up by their 64-bit hash: comparing lists
    row by row costs several times as much as everything else.
    """

    attribute: Attribute
    values: list[Any] = field(default_factory=lambda: [None])
    table: str | None = None
    cuts: tuple[Any, ...] = ()

    @property
    def missing(self) -> int:
        """The code of what no source says: that of not known; of a closed attribute that of false, or of no element."""
        if not self.attribute.closed:
            return 0
        nothing: Any = [] if self.attribute.type.is_list else False
        return next(code for code, value in enumerate(self.values) if value is not None and value == nothing)

    def expression(self, value: str) -> str | None:
        """The code of a value as an SQL expression (null where the value is), or None where a table is needed."""
        if self.values == [None]:
            return "NULL::INTEGER"
        if self.attribute.type is Type.BOOL:
            return f"CASE {value} WHEN false THEN 1 WHEN true THEN 2 END"
        if self.table is None:
            known = f"WHEN {value} IS NOT NULL THEN {self._interval(value, 1)}"
            if self.attribute.name in OPEN:
                known = f"WHEN {value} < 0 THEN {self._interval(f'(-1 - {value})', 2 + 2 * len(self.cuts))} {known}"
            return f"CASE {known} END"
        return None

    def _interval(self, value: str, first: int) -> str:
        """The code of a value's interval, counted from ``first``."""
        return _search(value, self.cuts, first)

    def join(self, alias: str, value: str) -> str:
        """The join of a value (SQL) with the table of codes."""
        if self.attribute.type.is_list:
            return f"LEFT JOIN {self.table} {alias} ON hash({value}) = {alias}.hash AND {value} IS NOT NULL"
        return f"LEFT JOIN {self.table} {alias} ON {value} = {alias}.value"

    def fold(self, engine: Engine, classes: Sequence[int]) -> None:
        """Give all codes of one class the same code; ``classes[code]`` is the class of a code, 0 that of 0."""
        if classes == list(range(len(classes))):
            return
        nothing = self.missing
        folded = [self.values[classes.index(number)] for number in range(max(classes) + 1)]
        folded[classes[nothing]] = self.values[nothing]
        if self.table is not None:
            mapping = "SELECT unnest($1::INTEGER[]) AS code, unnest($2::INTEGER[]) AS class"
            engine.run(
                f"UPDATE {self.table} SET code = m.class FROM ({mapping}) m WHERE m.code = {self.table}.code",
                [list(range(len(classes))), classes],
            )
        self.values = folded


def _search(value: str, cuts: Sequence[Any], first: int) -> str:
    """A balanced decision over sorted cuts, each an interval of its own: a handful of comparisons however many."""
    if not cuts:
        return str(first)
    middle = len(cuts) // 2
    below, above = _search(value, cuts[:middle], first), _search(value, cuts[middle + 1 :], first + 2 * middle + 2)
    cut, number = _sql(cuts[middle]), first + 2 * middle + 1
    return f"CASE WHEN {value} < {cut} THEN {below} WHEN {value} > {cut} THEN {above} ELSE {number} END"


def _sql(cut: Any) -> str:
    return f"TIMESTAMPTZ {literal(cut.isoformat())}" if isinstance(cut, datetime) else str(cut)


def bool_coding(attribute: Attribute) -> Coding:
    """Not known, false, true."""
    return Coding(attribute, [None, False, True])


def interval_coding(attribute: Attribute, atoms: Iterable[Atom]) -> Coding:
    """Intervals between the constants that atoms compare a number or a time with; each constant is one of its own.

    They come twice where the least may be all that is known of a number: as values, then as lower bounds.
    """
    cuts = tuple(sorted({cut for atom in atoms for cut in atom.cuts}))
    step: Any = timedelta(microseconds=1) if attribute.type is Type.TIME else 1
    values: list[Any] = [None, cuts[0] - step if cuts else 0]
    for cut in cuts:
        values += [cut, cut + step]
    if attribute.name in OPEN:
        values += [(value, UNBOUNDED) for value in values[1:]]
    return Coding(attribute, values, cuts=cuts)


def table_coding(engine: Engine, attribute: Attribute, table: str, sources: Sequence[str]) -> Coding:
    """A code for each distinct value that ``sources`` (queries) give; lists are compared as sets."""
    if not sources:
        return Coding(attribute, [None, []] if attribute.closed else [None])
    is_list = attribute.type.is_list
    canonical = "list_sort(list_distinct(value))" if is_list else "value"
    queries = [f"SELECT {'[]' if attribute.closed else 'NULL'}::{attribute.type.sql} AS value", *sources]
    engine.table(
        table,
        f"SELECT value, dense_rank() OVER (ORDER BY {canonical})::INTEGER AS code, {canonical} AS canonical, "
        f"hash(value) AS hash FROM ({' UNION '.join(f'({query})' for query in queries)}) WHERE value IS NOT NULL",
    )
    rows = engine.rows(f"SELECT DISTINCT code, canonical FROM {table} ORDER BY code")
    return Coding(attribute, [None, *(decoded(attribute.name, canonical) for _, canonical in rows)], table)


def plain(value: Any) -> Any:
    """A value that can be compared and looked up: a list as the set that it stands for, in order."""
    return tuple(sorted(set(value))) if isinstance(value, list) else value


def key_name(attribute: str) -> str:
    """The column that holds an attribute's code."""
    return quote(f"k {attribute}")
