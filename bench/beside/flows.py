"""Generated flows, with all that the rules of transfers.md read of them: every engine starts from this one file.

A party deals with others on terms that do not change from record to record. So there are 2,000 *relations* (who sends
what to whom, on which terms), each unlike the others, and a flow is one of them at some moment. With the months and the
changes of law that is the number of distinct situations; times, bytes and numbers of people are the flow's own.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

RELATIONS = 2_000

#: Flows that are offered where all are to be unlike, but for a few that chance makes alike.
UNLIKE = 50_000

_SENT_FROM = ["DE", "FR", "IE", "NO", "GB", "CN", "HK", "VN", "US", "BR", "IN", "ZA"]
_SENT_TO = [*_SENT_FROM, "JP", "CA", "KR", "CH", "FO", "DK", "RU", "SG", "AE", "NG", "MX", "KZ", "NL", "ES"]
_SAFEGUARDS = [
    [],
    ["scc-2021"],
    ["scc-2021", "transfer-impact-assessment"],
    ["scc-2010", "transfer-impact-assessment"],
    ["bcr", "transfer-impact-assessment"],
    ["explicit-consent"],
    ["contract-necessity"],
    ["consent"],
    ["legal-claims"],
    ["authority-approved"],
    ["cac-assessment"],
    ["cac-standard-contract"],
    ["compelling-interest", "authority-notified", "subjects-informed"],
    ["public-body-instrument", "transfer-impact-assessment"],
    ["mutual-assistance", "legal-claims"],
]

#: Who sends: mostly companies, known to be seated where they send from, or elsewhere.
_SENDERS = f"""
    SELECT n AS sender, {_SENT_FROM}[1 + n % {len(_SENT_FROM)}] AS "from",
        CASE h % 12 WHEN 0 THEN 'individual' WHEN 1 THEN 'public-authority' WHEN 2 THEN 'State' WHEN 3 THEN NULL
            WHEN 4 THEN 'processor' ELSE 'controller' END AS "sender.role",
        CASE (h >> 8) % 8 WHEN 0 THEN NULL WHEN 1 THEN ['US'] WHEN 2 THEN ['CN', 'DE']
            ELSE [{_SENT_FROM}[1 + n % {len(_SENT_FROM)}]] END AS "sender.seat",
        CASE (h >> 16) % 6 WHEN 0 THEN NULL WHEN 1 THEN ['US'] WHEN 2 THEN ['CN'] ELSE [] END AS "sender.controlled_by",
        CASE (h >> 24) % 3 WHEN 0 THEN ['DE', 'FR'] WHEN 1 THEN ['BR'] ELSE [] END AS "sender.serves"
    FROM (SELECT n, hash(n, 1) AS h FROM range(48) t(n))
"""

#: Who receives: a hundred parties of every role. Their names are in no register.
_RECIPIENTS = f"""
    SELECT n AS recipient, 'R' || n AS "recipient.name",
        CASE WHEN h % 20 = 0 THEN NULL ELSE {_SENT_TO}[1 + n % {len(_SENT_TO)}] END AS "to",
        CASE (h >> 8) % 10 WHEN 0 THEN 'public-authority' WHEN 1 THEN 'State' WHEN 2 THEN NULL WHEN 3 THEN 'provider'
            WHEN 4 THEN 'processor' WHEN 5 THEN 'individual' ELSE 'controller' END AS "recipient.role",
        CASE (h >> 16) % 8 WHEN 0 THEN NULL WHEN 1 THEN ['US'] WHEN 2 THEN ['DK', 'FO'] WHEN 3 THEN []
            ELSE [{_SENT_TO}[1 + n % {len(_SENT_TO)}]] END AS "recipient.seat",
        CASE (h >> 24) % 4 WHEN 0 THEN NULL WHEN 1 THEN ['cbpr'] WHEN 2 THEN ['cbpr', 'dpf']
            ELSE [] END AS "recipient.certifications"
    FROM (SELECT n, hash(n, 2) AS h FROM range(100) t(n))
"""

#: What is sent, and on which terms.
_RELATIONS = f"""
    SELECT n AS relation, sender, recipient,
        CASE h % 10 WHEN 0 THEN NULL WHEN 1 THEN false WHEN 2 THEN false ELSE true END AS personal,
        CASE (h >> 4) % 5 WHEN 0 THEN NULL WHEN 1 THEN true ELSE false END AS sensitive,
        CASE (h >> 8) % 10 WHEN 0 THEN NULL WHEN 1 THEN true ELSE false END AS important,
        CASE (h >> 12) % 10 WHEN 0 THEN NULL WHEN 1 THEN true ELSE false END AS critical,
        CASE (h >> 16) % 4 WHEN 0 THEN NULL WHEN 1 THEN 'successful-dos' ELSE 'not-suspicious' END AS alert,
        CASE (h >> 20) % 5 WHEN 0 THEN NULL WHEN 1 THEN 'none' WHEN 2 THEN 'LegalObligation'
            ELSE 'Contract' END AS basis,
        CASE (h >> 24) % 6 WHEN 0 THEN NULL WHEN 1 THEN ['DE'] WHEN 2 THEN ['FR', 'IE'] WHEN 3 THEN ['CN']
            WHEN 4 THEN ['US'] ELSE [{_SENT_TO}[1 + ((h >> 28) % {len(_SENT_TO)})::INTEGER]] END AS subjects,
        CASE (h >> 34) % 4 WHEN 0 THEN NULL WHEN 1 THEN ['CN', 'VN'] ELSE ['US'] END AS origin,
        CASE WHEN (h >> 40) % 12 = 0 THEN NULL
            ELSE {_SAFEGUARDS}[1 + ((h >> 44) % {len(_SAFEGUARDS)})::INTEGER] END AS safeguards,
        (h >> 50) % 25 = 0 AS same_party
    FROM (SELECT n, hash(n, 3) AS h, (hash(n, 4) % 48)::BIGINT AS sender, (hash(n, 5) % 100)::BIGINT AS recipient
        FROM range({{relations}}) t(n))
"""


def generate(path: Path, rows: int, relations: int = RELATIONS) -> None:
    """Eight months of flows, the same ones each time."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(
        f"""
        CREATE TABLE relations AS SELECT * EXCLUDE (sender, recipient)
        FROM ({_RELATIONS.format(relations=relations)})
            JOIN ({_SENDERS}) USING (sender) JOIN ({_RECIPIENTS}) USING (recipient)
        """
    )
    connection.execute(
        f"""
        COPY (
            SELECT 'flow' AS kind, * EXCLUDE (relation, h),
                TIMESTAMPTZ '2022-12-01 00:00:00+00' + to_seconds((h % 20995200)::BIGINT) AS at,
                CASE WHEN (h >> 26) % 10 > 0 THEN ((h >> 30) % 200000)::BIGINT END AS people,
                ((h >> 34) % 100000)::BIGINT AS bytes
            FROM (SELECT hash(i, 7) AS h, hash(i, 8) % {relations} AS relation FROM range({rows}) t(i))
            JOIN relations USING (relation)
        ) TO '{path}' (FORMAT parquet)
        """
    )


def first_flows(path: Path, rows: int) -> list[dict[str, Any]]:
    """The first flows of a file, with times in UTC."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    found = connection.execute(
        f"SELECT * EXCLUDE (kind, file_row_number) FROM read_parquet('{path}', file_row_number = true) "
        f"WHERE file_row_number < {rows} ORDER BY file_row_number"
    )
    names = [column[0] for column in found.description]
    flows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [{**flow, "at": flow["at"].astimezone(UTC)} for flow in flows]


def unlike(folder: Path) -> list[dict[str, Any]]:
    """Flows of which no two belong to the same relation: whoever judges them meets a new situation each time."""
    path = folder / "unlike.parquet"
    if not path.exists():
        generate(path, UNLIKE, 10 * UNLIKE)
    own = {"at", "people", "bytes"}
    each = {
        repr([value for name, value in flow.items() if name not in own]): flow for flow in first_flows(path, UNLIKE)
    }
    return list(each.values())
