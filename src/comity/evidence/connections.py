"""One connection, one flow: what several logs of a sensor say of a connection, put together.

A sensor writes a connection whole into one log, with what was carried (Zeek's conn), and into other logs what was said
in it: the name of the server, the request. Read one by one these are flows of their own, the first without a host, the
others without what was carried. Once everything is read, they become one: the flow of the whole connection gets the
host, the application and the encryption, and stands in the place of the others.

Where the details disagree (requests to several hosts through one proxy) nothing is put together: each stays a flow.
"""

from __future__ import annotations

from collections.abc import Mapping

from comity.evidence.base import FactTables, Reading

_DETAILS = "connection_details"


def merge_connections(tables: FactTables, readings: Mapping[int, Reading]) -> None:
    """Put flows with the same ``connection`` together; each of the ``readings``, by number of file, notes its part."""
    if "connection" not in tables.given("flow"):
        return
    tables.widen("flow", ("detail", "host", "application", "encrypted", "blocked"))
    engine = tables.engine
    engine.run(
        f"""CREATE OR REPLACE TEMP TABLE {_DETAILS} AS
        SELECT connection, min(host) AS host, min(application) AS application, bool_and(encrypted) AS encrypted,
            bool_and(coalesce(blocked, false)) AS blocked
        FROM facts_flow
        WHERE detail AND connection IN (SELECT connection FROM facts_flow WHERE NOT detail)
        GROUP BY connection
        HAVING min(host) IS NOT DISTINCT FROM max(host) AND min(application) = max(application)"""
    )
    merged = f"SELECT file, count(*) FROM facts_flow WHERE detail AND connection IN (SELECT connection FROM {_DETAILS})"
    counts = engine.rows(f"{merged} GROUP BY file ORDER BY file")
    if counts:
        # Written anew and not updated: an update keeps the old rows in memory until it ends.
        engine.run(
            f"""CREATE OR REPLACE TEMP TABLE facts_flow_merged AS
            SELECT f.* REPLACE (
                coalesce(f.host, d.host) AS host,
                coalesce(f.application, d.application) AS application,
                coalesce(f.encrypted, d.encrypted) AS encrypted,
                coalesce(f.blocked OR d.blocked, f.blocked, d.blocked) AS blocked
            )
            FROM facts_flow f LEFT JOIN {_DETAILS} d ON f.connection = d.connection
            WHERE d.connection IS NULL OR NOT f.detail"""
        )
        engine.run("DROP TABLE facts_flow")
        engine.run("ALTER TABLE facts_flow_merged RENAME TO facts_flow")
    engine.run(f"DROP TABLE {_DETAILS}")
    for file, count in counts:
        if file in readings:
            readings[file].notes.append(f"records joined to the connection they belong to: {count:,}")
