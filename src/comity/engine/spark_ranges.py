"""Ranges of numbers in Spark: cut into aligned blocks, so that a number finds its range by equal prefixes.

A block of ``bits`` holds the numbers that are alike but for their last ``bits`` bits: what is left of them is its
prefix. Ranges don't overlap, so that a number lies in one block at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.engine.duckdb import Engine, quote

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from comity.engine.spark import SparkEngine

#: Sizes of blocks. Fewer sizes make more blocks, more sizes make more prefixes to look up for each number.
_BITS = tuple(range(0, 48, 4))

#: Blocks are made where there are numbers: of the ranges that begin or end near one, and of those that reach far.
_NEAR = 20

#: Where the last range ends: beyond every key.
_END = 1 << 62

_RANGES, _BLOCKS, _NEARBY, _KEYED = "ranges_whole", "ranges_blocks", "ranges_near", "ranges_keyed"


def in_ranges(engine: SparkEngine, query: str, ranges: str) -> DataFrame:
    """The rows of a query, each with the columns of the range that its ``key`` lies in."""
    engine.table(_KEYED, query)
    engine.gather(_NEARBY, f"SELECT DISTINCT key >> {_NEAR} AS place FROM {_KEYED} WHERE key IS NOT NULL")
    columns = [name for name in Engine.columns(engine, ranges) if name != "start"]
    _cut(engine, ranges, columns)
    bits = [str(size) for (size,) in engine.rows(f"SELECT DISTINCT bits FROM {_BLOCKS} ORDER BY 1")]
    listing = ", ".join(f"b.{quote(name)}" for name in columns)
    found = (
        f"SELECT p.key, {listing} FROM (SELECT key, bits, key >> bits AS prefix FROM ("
        f"SELECT key, unnest([{', '.join(bits)}]) AS bits FROM ("
        f"SELECT DISTINCT key FROM {_KEYED} WHERE key IS NOT NULL))) p "
        f"JOIN {_BLOCKS} b ON p.bits = b.bits AND p.prefix = b.prefix"
    )
    nothing = ", ".join(f"NULL AS {quote(name)}" for name in columns)
    return engine.frame(
        f"SELECT q.*, {', '.join(f'r.{quote(name)}' for name in columns)} FROM {_KEYED} q LEFT JOIN ({found}) r "
        "ON q.key = r.key"
        if bits
        else f"SELECT *, {nothing} FROM {_KEYED}"
    )


def _cut(engine: SparkEngine, ranges: str, columns: list[str]) -> None:
    """The table of blocks of those ranges that tell anything: ``bits``, ``prefix`` and what the ranges tell."""
    told = f"coalesce({', '.join(f'{quote(name)}::VARCHAR' for name in columns)}) IS NOT NULL"
    near = f"SELECT place FROM {_NEARBY}"
    Engine.table(
        engine,
        _RANGES,
        f"SELECT * FROM (SELECT *, coalesce(lead(start) OVER (ORDER BY start), {_END}) AS stop FROM ({ranges})) "
        f"WHERE {told} AND (start >> {_NEAR} IN ({near}) OR (stop - 1) >> {_NEAR} IN ({near}) "
        f"OR (stop - 1) >> {_NEAR} > (start >> {_NEAR}) + 1)",
    )
    listing = ", ".join(map(quote, columns))
    parts = (
        f"SELECT {bits} AS bits, unnest(range({first}, {last})) AS prefix, {listing} FROM {_RANGES} WHERE {when}"
        for bits, first, last, when in _pieces()
    )
    Engine.table(engine, _BLOCKS, " UNION ALL ".join(parts))


def _pieces() -> list[tuple[int, str, str, str]]:
    """For each size of blocks the first prefix, the one after the last, and the ranges of which this is true, as SQL.

    Before and after the larger blocks within a range stand smaller ones; a range without larger ones has one stretch.
    """
    found = []
    for bits, larger in zip(_BITS, (*_BITS[1:], None), strict=True):
        first, last = _up("start", bits), f"(stop >> {bits})"
        if larger is None:
            found.append((bits, first, last, "true"))
            continue
        step = larger - bits
        first_larger, last_larger = _up("start", larger), f"(stop >> {larger})"
        found += [
            (bits, first, last, f"{first_larger} >= {last_larger}"),
            (bits, first, f"({first_larger} << {step})", f"{first_larger} < {last_larger}"),
            (bits, f"({last_larger} << {step})", last, f"{first_larger} < {last_larger}"),
        ]
    return found


def _up(number: str, bits: int) -> str:
    return f"(({number} + {(1 << bits) - 1}) >> {bits})"
