"""What is said of the longest part of a text: networks around an address, domains above a host name.

A part is found by equal text, which every engine is quick at however many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comity.engine.duckdb import Engine, quote


def closest(
    engine: Engine,
    name: str,
    query: str,
    parts: Sequence[str],
    columns: Mapping[str, str],
    said: Iterable[Sequence[Any]],
) -> None:
    """A new table: the rows of a query, each with what is said of it in each of some columns (name → SQL type).

    ``parts`` are SQL over the query as ``q``, the longest part first. ``said`` has a row for each part that is known,
    the part first; in each column the longest part goes first of which that column is not null.
    """
    table = quote(f"{name}_said")
    engine.create(f"{name}_said", {"part": "VARCHAR", **columns}, said)
    told = (
        f"coalesce({', '.join(f'p{number}.{quote(column)}' for number in range(len(parts)))}) AS {quote(column)}"
        for column in columns
    )
    joins = (f"LEFT JOIN {table} p{number} ON p{number}.part = {part}" for number, part in enumerate(parts))
    engine.table(quote(name), f"SELECT q.*, {', '.join(told)} FROM ({query}) q {' '.join(joins)}")
    engine.drop(table)
