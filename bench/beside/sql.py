"""The rules in DuckDB's SQL as a good analyst writes them: one pass over the file, then a CASE for each rule.

SQL's NULL is *not known* and its AND, OR and NOT are Kleene's, so that three values need nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from beside.lists import CAC_CONTRACT_BEGINS, FRAMEWORK_BEGINS, OLD_CLAUSES_END, members, state_of


def _quoted(name: str) -> str:
    return ", ".join(f"'{member}'" for member in members(name))


def _state(column: str) -> str:
    others = " ".join(f"WHEN '{code}' THEN '{state}'" for code, state in state_of().items() if code != state)
    return f"CASE {column} {others} ELSE {column} END"


#: What distinguishes flows to the rules and to the result.
COLUMNS = f"""
    "from", "to", "recipient.name" AS recipient, personal, sensitive, important, critical, alert, basis, safeguards,
    subjects, origin, same_party, "sender.role" AS sender_role, "sender.seat" AS sender_seat, "sender.serves" AS serves,
    "sender.controlled_by" AS controlled_by, "recipient.role" AS role, "recipient.seat" AS seat,
    "recipient.certifications" AS certifications, strftime("at", '%Y-%m') AS month,
    "at" < TIMESTAMPTZ '{OLD_CLAUSES_END}' AS old_clauses, "at" >= TIMESTAMPTZ '{CAC_CONTRACT_BEGINS}' AS cac_contract,
    "at" >= TIMESTAMPTZ '{FRAMEWORK_BEGINS}' AS framework, people <= 10000 AS few, people <= 100000 AS not_many
"""

_FROM, _TO = '"from"', '"to"'

#: What several rules ask.
TERMS = {
    "abroad": f"{_state(_FROM)} <> {_state(_TO)}",
    "by_authority": "sender_role IN ('State', 'public-authority')",
    "to_authority": "role IN ('State', 'public-authority')",
    "approved": "list_contains(safeguards, 'authority-approved')",
    "by_instrument": "list_contains(safeguards, 'public-body-instrument')",
    "permitted": f"""list_has_any(safeguards, [{_quoted("LEGAL_PERMISSIONS")}])
        OR (old_clauses AND list_contains(safeguards, 'scc-2010'))
        OR (cac_contract AND list_contains(safeguards, 'cac-standard-contract'))""",
}

#: For each rule its scope, and what makes lawful what is within.
RULES = {
    "art-44": (
        f"""personal AND "to" NOT IN ({_quoted("EEA")}) AND sender_role <> 'individual' AND NOT same_party
            AND ("from" IN ({_quoted("GDPR_TERRITORY")})
                OR (list_has_any(serves, [{_quoted("GDPR_TERRITORY")}])
                    AND list_has_any(subjects, [{_quoted("GDPR_TERRITORY")}])))""",
        f""""to" IN ({_quoted("EU_ADEQUATE")})
            OR ("to" IN ({_quoted("EU_ADEQUATE_PARTLY")})
                AND NOT ("to" IN ('CA', 'JP') AND role NOT IN ('controller', 'processor', 'provider'))
                AND NOT ("to" = 'FO' AND to_authority AND list_contains(seat, 'DK')))
            OR (framework AND "to" = 'US' AND list_contains(certifications, 'dpf'))
            OR (list_contains(safeguards, 'transfer-impact-assessment') AND (
                (by_instrument AND by_authority AND to_authority) OR list_contains(safeguards, 'bcr')
                OR list_contains(safeguards, 'scc-2021')
                OR (old_clauses AND list_contains(safeguards, 'scc-2010'))))
            OR (NOT by_authority AND (
                list_contains(safeguards, 'explicit-consent') OR list_contains(safeguards, 'contract-necessity')
                OR list_has_all(safeguards, ['compelling-interest', 'authority-notified', 'subjects-informed'])))
            OR list_contains(safeguards, 'legal-claims')""",
    ),
    "2a": ("critical AND abroad", f"alert NOT IN ({_quoted('ATTACK_ALERTS')})"),
    "2b": (
        "important AND abroad",
        """approved OR (list_contains(safeguards, 'cac-assessment') AND "from" = 'CN')""",
    ),
    "3a": (
        "personal",
        "basis <> 'none' OR list_has_any(safeguards, ['consent', 'explicit-consent', 'separate-consent'])",
    ),
    "3b": (
        "to_authority AND personal AND abroad AND NOT list_has_all(seat, subjects)",
        "few OR (not_many AND NOT sensitive) OR approved OR by_instrument",
    ),
    "3c": (
        """personal AND abroad AND NOT list_has_all(["to"], subjects)""",
        "basis <> 'none' OR approved OR permitted",
    ),
    "4b": (
        """abroad AND (list_contains(sender_seat, "to") OR list_contains(controlled_by, "to"))
            AND NOT list_has_all(["to"], origin)""",
        "basis <> 'LegalObligation'",
    ),
    "5b": (
        """abroad AND to_authority AND NOT by_authority AND NOT list_contains(seat, "from")""",
        f"approved OR permitted OR list_has_any(safeguards, [{_quoted('AGREED_CHANNELS')}])",
    ),
}


def _verdict(scope: str, lawful: str) -> str:
    return f"""CASE WHEN ({scope}) IS FALSE THEN 'out-of-scope' WHEN ({lawful}) THEN 'kept'
        WHEN ({scope}) AND NOT ({lawful}) THEN 'breach' ELSE 'unknown' END"""


def _verdicts(table: str) -> str:
    """The rows of a table with the verdict of each rule."""
    terms = ", ".join(f"({sql}) AS {name}" for name, sql in TERMS.items())
    verdicts = ", ".join(f'{_verdict(*rule)} AS "{name}"' for name, rule in RULES.items())
    return f"SELECT *, {verdicts} FROM (SELECT *, {terms} FROM {table})"


def cells(path: Path) -> Iterator[tuple[Any, ...]]:
    """Flows and bytes by rule, verdict, origin, target, recipient and month; what is out of scope left out.

    The file is read once, into groups of flows that rules can't tell apart: judging these takes half the time of
    judging each row.
    """
    connection = _connection()
    connection.execute(
        f"""
        CREATE TEMP TABLE groups AS
        SELECT {COLUMNS}, count(*) AS n, sum(bytes)::BIGINT AS bytes, min("at") AS first, max("at") AS last
        FROM '{path}' GROUP BY ALL
        """
    )
    connection.execute(f"CREATE TEMP TABLE judged AS {_verdicts('groups')}")
    for rule in RULES:
        query = f"""
            SELECT '{rule}', "{rule}", "from", "to", recipient, month, sum(n)::BIGINT, sum(bytes)::BIGINT,
                min(first), max(last)
            FROM judged WHERE "{rule}" <> 'out-of-scope' GROUP BY ALL
        """
        yield from connection.execute(query).fetchall()


def first_verdicts(path: Path, rows: int) -> list[dict[str, str]]:
    """The verdict of each rule on each of the first flows of a file."""
    source = f"SELECT {COLUMNS}, file_row_number AS row FROM read_parquet('{path}', file_row_number = true)"
    rules = ", ".join(f'"{rule}"' for rule in RULES)
    found = _connection().execute(f"SELECT {rules} FROM ({_verdicts(f'({source})')}) WHERE row < {rows} ORDER BY row")
    return [dict(zip(RULES, row, strict=True)) for row in found.fetchall()]


def _connection() -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection
