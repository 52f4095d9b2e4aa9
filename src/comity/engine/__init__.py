"""Engines: where SQL runs."""

from __future__ import annotations

from comity.engine.duckdb import Engine
from comity.errors import UsageError

DUCKDB, SPARK = "duckdb", "spark"


def engine_named(name: str, memory: str | None = None) -> Engine:
    """The engine that is asked for as ``duckdb``, ``spark`` or ``spark=MASTER``."""
    kind, _, master = name.partition("=")
    if name == DUCKDB:
        return Engine(memory)
    if kind != SPARK:
        raise UsageError("engine", f"there is no engine `{name}`", help="there are duckdb and spark[=MASTER]")
    from comity.engine.spark import SparkEngine

    return SparkEngine(master or None, memory)
