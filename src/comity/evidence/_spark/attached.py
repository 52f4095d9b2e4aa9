"""Facts that were read by Spark, by kind: left there where they are many, brought to the embedded engine where few."""

from __future__ import annotations

from collections import Counter

from comity.engine.spark import FEW, SparkEngine
from comity.evidence.base import FactTables

#: Facts of a kind no more than this come to the embedded engine, which has judged them before Spark has begun.
FEW_FACTS = FEW


class Attached:
    """Queries for the facts of each kind, and how many there are."""

    def __init__(self, engine: SparkEngine, tables: FactTables) -> None:
        self._engine, self._tables = engine, tables
        self._queries: dict[str, list[tuple[str, str | None]]] = {}
        self._counts: Counter[str] = Counter()

    def add(self, kind: str, query: str, count: int, alike: str | None = None) -> None:
        """Further facts of a kind; ``alike`` as for ``FactTables.attach``."""
        self._queries.setdefault(kind, []).append((query, alike))
        self._counts[kind] += count

    def settle(self) -> None:
        """Hand all of them to the fact tables."""
        for kind, queries in self._queries.items():
            if self._counts[kind] <= FEW_FACTS:
                table = f"few_{kind}"
                self._engine.gather(table, " UNION ALL BY NAME ".join(f"({query})" for query, _ in queries))
                queries[:] = [(f"SELECT * FROM {table}", None)]
            for query, alike in queries:
                self._tables.attach(kind, query, alike)
