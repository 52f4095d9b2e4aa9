"""Flow records of one direction each, put together into two-way flows; ``vpc_flow`` and ``nfdump`` say how."""

from __future__ import annotations

from collections.abc import Callable

from comity.engine.duckdb import Engine
from comity.evidence._logs import columns, whole_number
from comity.evidence.base import FactTables, Reading

#: Where readers stage the records: ends as recorded, and why a record is not one (``skip``). Of TCP flags ``flags`` has
#: SYN (2) and ACK (16) where they are those of one packet; ``tried`` says that nothing but SYN was sent, ``declined``
#: that nothing but RST was. A record that has ``bytes_back`` counts both directions.
RECORDS = "flow_records"

_CONNECTIONS = "flow_connections"
_QUARTER_OF_AN_HOUR = 900_000_000

_MATCHED = "there > 0 AND back > 0 AND records > 1"

#: One SYN may be all that a sampling exporter saw of a connection, two are not.
_ENOUGH_TRIES = 2


def new_records(engine: Engine) -> None:
    """An empty table for records."""
    engine.run(
        f"""CREATE OR REPLACE TEMP TABLE {RECORDS} (position BIGINT, skip VARCHAR,
        interface VARCHAR, protocol VARCHAR, application VARCHAR, source VARCHAR, source_port BIGINT, address VARCHAR,
        port BIGINT, "at" TIMESTAMPTZ, quarter BIGINT, packets BIGINT, bytes BIGINT, bytes_back BIGINT, refused BOOLEAN,
        flags BIGINT, tried BOOLEAN, declined BOOLEAN, encrypted BOOLEAN)"""
    )


def quarter(time: str) -> str:
    """SQL for the quarter of an hour in which a time stands."""
    return f"epoch_us({time}) // {_QUARTER_OF_AN_HOUR}"


def service_by_port(port: str, other: str) -> tuple[str, str]:
    """SQL for whether a port is the service's that the other, higher one met: surely so, and probably so."""
    return tuple(f"({port} < {first} AND {other} >= {first})" for first in (1024, 32768))  # type: ignore[return-value]


def match_records(file: int, tables: FactTables, reading: Reading, where: Callable[[int], str]) -> None:
    """Turn the staged records into flows, and count the records."""
    engine = tables.engine
    engine.run(f"CREATE OR REPLACE TEMP TABLE {_CONNECTIONS} AS {_connections()}")
    skipped = f"SELECT {file} AS file, position, skip FROM {RECORDS} WHERE skip IS NOT NULL"
    tables.insert("flow", f"{skipped} UNION ALL BY NAME {_flows(file)}", reading, where)
    ((read, matched, flows, untold),) = engine.rows(
        f"""SELECT sum(records), sum(records) FILTER (told AND {_MATCHED}),
            count(*) FILTER (told AND {_MATCHED}), sum(records) FILTER (NOT told AND {_MATCHED})
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
        "first_end": "CASE WHEN onward THEN source ELSE address END",
        "first_port": "CASE WHEN onward THEN source_port ELSE port END",
        "second_end": "CASE WHEN onward THEN address ELSE source END",
        "second_port": "CASE WHEN onward THEN port ELSE source_port END",
    }
    signs = {
        "by_first": f"coalesce(bool_or(CASE WHEN onward THEN {syn} ELSE {syn_ack} END), false)",
        "by_second": f"coalesce(bool_or(CASE WHEN onward THEN {syn_ack} ELSE {syn} END), false)",
        "as_recorded": "bool_or(onward) FILTER (bytes_back IS NOT NULL)",
        "encrypted": "bool_and(coalesce(encrypted, false))",
        "records": "count(*)",
    }
    totals = {
        "": "count(*)",
        "_packets": "sum(packets)",
        "_bytes": "sum(CASE WHEN {onward} THEN bytes ELSE bytes_back END)",
        "_at": 'min("at")',
        "_position": "min(position)",
        "_tried": "bool_and(tried)",
        "_declined": "bool_and(declined)",
    }
    sums = {
        way + name: f"{total} FILTER ({onward} OR bytes_back IS NOT NULL)".replace("{onward}", onward)
        for way, onward in (("there", "onward"), ("back", "NOT onward"))
        for name, total in totals.items()
    }
    first_serves = " OR ".join(service_by_port("first_port", "second_port"))
    second_serves = " OR ".join(service_by_port("second_port", "first_port"))
    return f"""SELECT *, first_began IS NOT NULL AS told FROM (SELECT *, CASE
            WHEN by_first AND NOT by_second THEN true
            WHEN by_second AND NOT by_first THEN false
            WHEN {first_serves} THEN false
            WHEN {second_serves} THEN true
            ELSE as_recorded
        END AS first_began
        FROM (
            SELECT interface, protocol, application, refused, quarter,
                {columns(groups)}, {columns(signs)}, {columns(sums)}
            FROM (SELECT *, (source, coalesce(source_port, 0)) <= (address, coalesce(port, 0)) AS onward
                  FROM {RECORDS} WHERE skip IS NULL)
            GROUP BY ALL
        ))"""


def _flows(file: int) -> str:
    """One flow from the side that began; where that is not told, one for each direction."""

    def own(name: str) -> str:
        return f"CASE WHEN onward THEN there{name} ELSE back{name} END"

    def other(name: str) -> str:
        return f"CASE WHEN onward THEN back{name} ELSE there{name} END"

    values = {
        "file": str(file),
        "source": "CASE WHEN onward THEN first_end ELSE second_end END",
        "address": "CASE WHEN onward THEN second_end ELSE first_end END",
        "bytes": whole_number(own("_bytes")),
        "bytes_back": f"CASE WHEN told THEN {whole_number(other('_bytes'))} END",
        "at": f"CASE WHEN told THEN least(there_at, back_at) ELSE {own('_at')} END",
        "position": f"CASE WHEN told THEN least(there_position, back_position) ELSE {own('_position')} END",
        "blocked": f"""coalesce(refused, CASE
            WHEN NOT ({other("_declined")}) OR NOT ({own("_tried")}) THEN false
            WHEN ({own("_tried")}) AND ({other("_declined")}) THEN true
            WHEN ({own("_tried")}) AND ({other("")}) = 0 AND ({own("_packets")}) >= {_ENOUGH_TRIES} THEN true
        END)""",
        "encrypted": "nullif(encrypted, false)",
        "application": "application",
    }
    return f"""SELECT {columns(values)} FROM {_CONNECTIONS}, (VALUES (true), (false)) AS ways(onward)
        WHERE CASE WHEN told THEN onward = first_began WHEN onward THEN there > 0 ELSE back > 0 END"""
