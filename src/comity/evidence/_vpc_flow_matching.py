"""Flow log records put together into two-way flows; ``vpc_flow`` says by which rules."""

from __future__ import annotations

from collections.abc import Callable

from comity.engine.duckdb import Engine
from comity.evidence._logs import columns, whole_number
from comity.evidence.base import FactTables, Reading

#: Where readers stage the records: ends as recorded, and why a record is not one (``skip``).
RECORDS = "vpc_flow_records"

_CONNECTIONS = "vpc_flow_connections"
_QUARTER_OF_AN_HOUR = 900_000_000

_BOTH_WAYS = "there > 0 AND back > 0"


def new_records(engine: Engine) -> None:
    """An empty table for records."""
    engine.run(
        f"""CREATE OR REPLACE TEMP TABLE {RECORDS} (position BIGINT, skip VARCHAR, interface VARCHAR, protocol BIGINT,
        source VARCHAR, source_port BIGINT, address VARCHAR, port BIGINT, "at" TIMESTAMPTZ, bytes BIGINT,
        refused BOOLEAN, flags BIGINT, encrypted BOOLEAN)"""
    )


def match_records(file: int, tables: FactTables, reading: Reading, where: Callable[[int], str]) -> None:
    """Turn the staged records into flows, and count the records."""
    engine = tables.engine
    engine.run(f"CREATE OR REPLACE TEMP TABLE {_CONNECTIONS} AS {_connections()}")
    skipped = f"SELECT {file} AS file, position, skip FROM {RECORDS} WHERE skip IS NOT NULL"
    tables.insert("flow", f"{skipped} UNION ALL BY NAME {_flows(file)}", reading, where)
    ((read, matched, flows, untold),) = engine.rows(
        f"""SELECT sum(there + back), sum(there + back) FILTER (told AND {_BOTH_WAYS}),
            count(*) FILTER (told AND {_BOTH_WAYS}), sum(there + back) FILTER (NOT told AND {_BOTH_WAYS})
        FROM {_CONNECTIONS}"""
    )
    reading.read = int(read or 0)
    if matched:
        reading.notes.append(f"{int(matched):,} records matched into {flows:,} two-way flow{'s'[: flows != 1]}")
    if untold:
        reading.notes.append(f"{int(untold):,} records stay one-way flows: nothing tells which side began")
    for table in (RECORDS, _CONNECTIONS):
        engine.run(f"DROP TABLE {table}")


def _connections() -> str:
    """Connections with a first and a second end, in the order of addresses and ports, and whether the first began."""
    syn, syn_ack = "flags & 2 = 2 AND flags & 16 = 0", "flags & 18 = 18"
    groups = {
        "quarter": f'epoch_us("at") // {_QUARTER_OF_AN_HOUR}',
        "first_end": "CASE WHEN onward THEN source ELSE address END",
        "first_port": "CASE WHEN onward THEN source_port ELSE port END",
        "second_end": "CASE WHEN onward THEN address ELSE source END",
        "second_port": "CASE WHEN onward THEN port ELSE source_port END",
    }
    signs = {
        "by_first": f"coalesce(bool_or(CASE WHEN onward THEN {syn} ELSE {syn_ack} END), false)",
        "by_second": f"coalesce(bool_or(CASE WHEN onward THEN {syn_ack} ELSE {syn} END), false)",
        "encrypted": "bool_and(coalesce(encrypted, false))",
    }
    totals = {"": "count(*)", "_bytes": "sum(bytes)", "_at": 'min("at")', "_position": "min(position)"}
    sums = {
        way + name: f"{total} FILTER ({condition})"
        for way, condition in (("there", "onward"), ("back", "NOT onward"))
        for name, total in totals.items()
    }
    low, high = "least(first_port, second_port)", "greatest(first_port, second_port)"
    return f"""SELECT *, first_began IS NOT NULL AS told FROM (SELECT *, CASE
            WHEN by_first AND NOT by_second THEN true
            WHEN by_second AND NOT by_first THEN false
            WHEN ({low} < 1024 AND {high} >= 1024) OR ({low} < 32768 AND {high} >= 32768) THEN first_port > second_port
        END AS first_began
        FROM (
            SELECT interface, protocol, refused, {columns(groups)}, {columns(signs)}, {columns(sums)}
            FROM (SELECT *, (source, coalesce(source_port, 0)) <= (address, coalesce(port, 0)) AS onward
                  FROM {RECORDS} WHERE skip IS NULL)
            GROUP BY ALL
        ))"""


def _flows(file: int) -> str:
    """One flow from the side that began; where that is not told, one for each direction."""
    own, other = "CASE WHEN onward THEN {} ELSE {} END", "CASE WHEN onward THEN {1} ELSE {0} END"
    values = {
        "file": str(file),
        "source": own.format("first_end", "second_end"),
        "address": other.format("first_end", "second_end"),
        "bytes": whole_number(own.format("there_bytes", "back_bytes")),
        "bytes_back": f"CASE WHEN told THEN {whole_number(other.format('there_bytes', 'back_bytes'))} END",
        "at": f"CASE WHEN told THEN least(there_at, back_at) ELSE {own.format('there_at', 'back_at')} END",
        "position": "CASE WHEN told THEN least(there_position, back_position) "
        f"ELSE {own.format('there_position', 'back_position')} END",
        "blocked": "refused",
        "encrypted": "nullif(encrypted, false)",
        "application": "CASE WHEN protocol IN (1, 58) THEN 'icmp' END",
    }
    return f"""SELECT {columns(values)} FROM {_CONNECTIONS}, (VALUES (true), (false)) AS ways(onward)
        WHERE CASE WHEN told THEN onward = first_began WHEN onward THEN there > 0 ELSE back > 0 END"""
