"""One connection, one flow: what several records of a sensor say of a connection, put together.

A sensor writes a connection whole into one record, with what was carried (Zeek's conn, Suricata's flow), and into
others what was said in it: the name of the server, the request, an alert. Read one by one these are flows of their own,
the first without a host, the others without what was carried. Once everything is read, they become one: the flow of the
whole connection gets the host, the application, the encryption and the alert, and stands in the place of the others.

Where the details disagree (requests to several hosts through one proxy) they are not put together: each stays a flow.
The whole gets its alert in any case, since an empty one says that none was raised. Of several alerts an attack goes
first. Two wholes that share an id are left as they are: nothing tells whose the details are.
"""

from __future__ import annotations

from collections.abc import Mapping

from comity.evidence._alerts import GRAVEST
from comity.evidence.base import FactTables, Reading
from comity.identify.knowing import KNOWN

_DETAILS = "connection_details"

#: What a whole gets from details that agree.
_VALUES = {
    "host": "coalesce(f.host, d.host)",
    "application": "coalesce(f.application, d.application)",
    "encrypted": "coalesce(f.encrypted, d.encrypted)",
    "blocked": "coalesce(f.blocked OR d.blocked, f.blocked, d.blocked)",
}


def merge_connections(tables: FactTables, readings: Mapping[int, Reading]) -> None:
    """Put flows with the same ``connection`` together; each of the ``readings``, by number of file, notes its part."""
    engine = tables.engine
    # To group millions of connections takes as long as to judge them: only where there is a detail to put anywhere.
    if "connection" not in tables.given("flow") or not engine.value("SELECT 1 FROM facts_flow WHERE detail LIMIT 1"):
        return
    content = {name: sql for name, sql in KNOWN.items() if name in tables.given("flow")}
    values = _VALUES | {name: f"coalesce(f.{name}, d.{name})" for name in content}
    tables.widen("flow", ("detail", *_VALUES, "alert"))
    engine.run(
        f"""CREATE OR REPLACE TEMP TABLE {_DETAILS} AS
        SELECT connection, min(host) AS host, min(application) AS application, bool_and(encrypted) AS encrypted,
            bool_and(coalesce(blocked, false)) AS blocked, {GRAVEST} AS alert,
            {"".join(f"{sql} AS {name}, " for name, sql in content.items())}
            min(host) IS NOT DISTINCT FROM max(host)
                AND min(application) IS NOT DISTINCT FROM max(application) AS agreed
        FROM facts_flow
        WHERE detail AND connection IN (
            SELECT connection FROM facts_flow WHERE NOT detail GROUP BY connection HAVING count(*) = 1
        )
        GROUP BY connection"""
    )
    merged = f"detail AND connection IN (SELECT connection FROM {_DETAILS} WHERE agreed)"
    counts = engine.rows(f"SELECT file, count(*) FROM facts_flow WHERE {merged} GROUP BY file ORDER BY file")
    if engine.value(f"SELECT count(*) FROM {_DETAILS} WHERE agreed OR alert IS NOT NULL"):
        replaced = ", ".join(f"CASE WHEN d.agreed THEN {value} ELSE f.{n} END AS {n}" for n, value in values.items())
        tables.move_detections(
            "flow",
            "SELECT d.file, d.position, w.file AS to_file, w.position AS to_position "
            f"FROM (SELECT * FROM facts_flow WHERE {merged}) d JOIN facts_flow w USING (connection) WHERE NOT w.detail",
        )
        # Written anew and not updated: an update keeps the old rows in memory until it ends.
        engine.run(
            f"""CREATE OR REPLACE TEMP TABLE facts_flow_merged AS
            SELECT f.* REPLACE ({replaced}, coalesce(d.alert, f.alert) AS alert)
            FROM (SELECT * FROM facts_flow WHERE NOT coalesce({merged}, false)) f
            LEFT JOIN {_DETAILS} d ON f.connection = d.connection AND NOT f.detail"""
        )
        engine.run("DROP TABLE facts_flow")
        engine.run("ALTER TABLE facts_flow_merged RENAME TO facts_flow")
    engine.run(f"DROP TABLE {_DETAILS}")
    for file, count in counts:
        if file in readings:
            readings[file].notes.append(f"records joined to the connection they belong to: {count:,}")
