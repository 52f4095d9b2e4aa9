"""Keys of situations: the codes of attributes as small integers, where they come from, and what they need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from comity.engine.duckdb import Engine, quote
from comity.enrich.dimension import Dimension, later_name
from comity.judge.coding import Coding, key_name
from comity.judge.scan import Facts, combined


@dataclass(frozen=True)
class Key:
    """A key: its name, its value as SQL (never null, from 0), and how many values there are.

    ``home`` is the alias of the dimension that alone decides it, or None; ``reads`` are the columns of coded dimensions
    that the expression reads, ``joins`` what it needs beside them.
    """

    name: str
    expression: str
    values: int
    home: str | None = None
    reads: tuple[tuple[str, str], ...] = ()
    joins: tuple[str, ...] = ()


class Keys:
    """The keys of all coded attributes of some facts. Makes a twin of every dimension whose attributes are codes."""

    def __init__(self, engine: Engine, facts: Facts, codings: Mapping[str, Coding]) -> None:
        self._facts = facts
        for dimension in facts.dimensions:
            _code_dimension(engine, dimension, codings)
        self._keys = {name: self._key(number, name, coding) for number, (name, coding) in enumerate(codings.items())}

    def of(self, attribute: str) -> Key:
        """The key of an attribute by its relative name."""
        return self._keys[attribute]

    def all(self) -> list[Key]:
        """Every key."""
        return list(self._keys.values())

    def scan(self, attributes: Iterable[str]) -> str:
        """The facts with what the keys of some attributes need, as SQL to select from; facts are ``f``."""
        joins = dict.fromkeys(join for name in attributes for join in self.of(name).joins)
        dimensions = [d.join("f", f"d{n}", f"{d.table}_coded") for n, d in enumerate(self._facts.dimensions)]
        return " ".join([f"({self._facts.relation}) f", *joins, *dimensions])

    def not_moot(self) -> str:
        """The condition that leaves out moot facts, as SQL; empty where none can be."""
        moot = self._facts.kind.moot
        return f"WHERE f.{quote(moot)} IS NOT TRUE" if moot and moot in self._facts.columns else ""

    def _key(self, number: int, name: str, coding: Coding) -> Key:
        parts, reads, joins = [], [], []
        for source in self._facts.sources(name):
            if source.alias == "f":
                expression, join = _code(coding, f"f.{quote(name)}", f"c{number}")
                joins += join
            else:
                reads.append((source.alias, key_name(source.column)))
                expression = f"{source.alias}.{key_name(source.column)}"
            parts.append(expression)
        value = f"coalesce({combined(name, parts, '2')}, {coding.missing})" if parts else str(coding.missing)
        alone = len(parts) == len(reads) and len({alias for alias, _ in reads}) == 1
        return Key(
            key_name(name), value, len(coding.values), reads[0][0] if alone else None, tuple(reads), tuple(joins)
        )


def _code_dimension(engine: Engine, dimension: Dimension, codings: Mapping[str, Coding]) -> None:
    """Give a dimension a twin whose attributes are codes, and number the labels of parties."""
    columns, joins = [quote(f"key_{key}") for key, _ in dimension.keys], []
    if dimension.label:
        labels = f"{dimension.table}_labels"
        distinct = f"{dimension.table}_label_values"
        engine.gather(distinct, f"SELECT DISTINCT label FROM {dimension.table} WHERE label IS NOT NULL")
        engine.table(labels, f"SELECT label, row_number() OVER (ORDER BY label)::INTEGER AS label_code FROM {distinct}")
        joins.append(f"LEFT JOIN {labels} USING (label)")
        columns.append("label_code")
    given = [(name, name) for name in dimension.columns] + [(name, later_name(name)) for name in dimension.later]
    for number, (name, column) in enumerate((name, column) for name, column in given if name in codings):
        expression, join = _code(codings[name], f"d.{quote(column)}", f"c{number}")
        joins += join
        columns.append(f"{expression} AS {key_name(column)}")
    engine.table(
        f"{dimension.table}_coded", f"SELECT {', '.join(columns) or 'true'} FROM {dimension.table} d {' '.join(joins)}"
    )


def _code(coding: Coding, value: str, alias: str) -> tuple[str, list[str]]:
    """The code of a value as SQL, and the join it needs, if any."""
    expression = coding.expression(value)
    return (expression, []) if expression else (f"{alias}.code", [coding.join(alias, value)])
