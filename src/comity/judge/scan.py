"""Facts to scan: a relation and its dimensions, and which of them gives what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comity.engine.duckdb import quote
from comity.enrich.dimension import BOTH_ENDS, EITHER_END, Dimension, later_name
from comity.evidence.base import REF
from comity.vocabulary import Kind


@dataclass(frozen=True)
class Source:
    """One thing that may give an attribute: its alias in the scan, its table (SQL), and the column there."""

    alias: str
    table: str
    column: str


@dataclass(frozen=True)
class Facts:
    """The facts of one kind: a relation (SQL), the columns it has, and its dimensions, nearest first."""

    kind: Kind
    relation: str
    columns: Mapping[str, str]
    dimensions: tuple[Dimension, ...]

    def sources(self, attribute: str) -> list[Source]:
        """Everything that may give an attribute, in the order of precedence."""
        dimensions = [(f"d{number}", dimension) for number, dimension in enumerate(self.dimensions)]
        return [
            *([Source("f", f"({self.relation})", attribute)] if attribute in self.columns else []),
            *(Source(alias, d.table, attribute) for alias, d in dimensions if attribute in d.columns),
            *(Source(alias, d.table, later_name(attribute)) for alias, d in dimensions if attribute in d.later),
        ]

    def joins(self) -> str:
        """The joins with all dimensions as they are."""
        return " ".join(dimension.join("f", f"d{number}") for number, dimension in enumerate(self.dimensions))

    def value(self, attribute: str) -> str:
        """The value of an attribute as SQL, with every source joined as it is."""
        parts = [f"{source.alias}.{quote(source.column)}" for source in self.sources(attribute)]
        value = combined(attribute, parts, "true") if parts else "NULL"
        known = self.kind.by_name[attribute]
        nothing = f"[]::{known.type.sql}" if known.type.is_list else "false"
        return f"coalesce({value}, {nothing})" if known.closed else value

    def parties(self) -> str:
        """The place of every fact (``ref``) and the party that it concerns (``party``), as SQL."""
        party = self.label() or (self.value(self.kind.facets.party) if self.kind.facets.party else "NULL")
        return f"SELECT {REF} AS ref, {party} AS party FROM ({self.relation}) f {self.joins()}"

    def label(self) -> str | None:
        """The name by which reports know the party at the far end, as SQL."""
        return next((f"d{n}.label" for n, d in enumerate(self.dimensions) if d.label), None)


def combined(attribute: str, parts: Sequence[str], true: str) -> str:
    """The first of several sources that knows; for some attributes, any or every source must say true."""
    if attribute in BOTH_ENDS:
        given, ends = parts[: len(parts) % 2], parts[len(parts) % 2 :]
        shown = " AND ".join(f"{part} = {true}" for part in ends) or "false"
        return f"coalesce({', '.join([*given, f'CASE WHEN {shown} THEN {true} END'])})"
    if attribute in EITHER_END and len(parts) > 1:
        either = " OR ".join(f"{part} = {true}" for part in parts)
        return f"CASE WHEN {either} THEN {true} ELSE coalesce({', '.join(parts)}) END"
    return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]
