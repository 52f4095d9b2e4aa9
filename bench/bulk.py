"""Judge 20 million flow records whose addresses are yet to be located, beside hand-written DuckDB SQL in the same run.

    python bench/bulk.py [ROWS]

The records (Parquet, 200,000 distinct addresses, one quarter in which the law changes three times) are made once, in
bench/data. Both sides start from that file, the shipped tables of addresses and of parties, and the rules of flows.md;
each runs in a process of its own, in turns; they must agree on the flows and bytes of every rule, verdict, place of
origin, place of arrival, recipient and month. Results go to bench/results.json.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from processes import in_a_process, measured
from results import keep

HERE = Path(__file__).parent
ROWS = 20_000_000
ADDRESSES = 200_000
TURNS = 3


def generate(path: Path, rows: int) -> None:
    """A quarter of flows to public addresses; what is sent, and whether it is encrypted, depends on the address."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(
        f"""
        CREATE TABLE ends AS SELECT n,
            concat_ws('.', 1 + h % 222, (h >> 8) % 256, (h >> 16) % 256, (h >> 24) % 256) AS address,
            CASE (h >> 44) % 4 WHEN 0 THEN false WHEN 1 THEN NULL ELSE true END AS personal,
            CASE (h >> 50) % 3 WHEN 0 THEN false WHEN 1 THEN true END AS encrypted
        FROM (SELECT n, hash(n) AS h FROM range({ADDRESSES}) t(n))
        """
    )
    connection.execute(
        f"""
        COPY (
            SELECT 'flow' AS kind,
                TIMESTAMPTZ '2025-12-01 00:00:00+00' + to_seconds((h % 7776000)::BIGINT) AS at,
                ['DE', 'FR', 'IT', 'SG', 'BR'][1 + ((h >> 8) % 5)::INTEGER] AS "from",
                CASE WHEN (h >> 14) % 50 = 0 THEN 'public-authority' ELSE 'controller' END AS "sender.role",
                address, ((h >> 20) % 100000)::BIGINT AS bytes, (h >> 40) % 50 = 0 AS blocked, personal, encrypted
            FROM (SELECT hash(i, 7) AS h, hash(i, 8) % {ADDRESSES} AS n FROM range({rows}) t(i)) JOIN ends USING (n)
        ) TO '{path}' (FORMAT parquet)
        """
    )


#: Terms with a few recipients, by AS number: (AS number, certifications, safeguards).
TERMS = [
    (16509, ["dpf"], []),
    (15169, [], ["scc-2021", "transfer-impact-assessment"]),
    (8075, [], ["scc-2021"]),
    (4134, [], ["scc-2021", "transfer-impact-assessment"]),
    (17676, [], []),
    (3215, [], []),
    (4766, [], ["explicit-consent"]),
    (12389, [], ["explicit-consent"]),
]


def profile_text() -> str:
    """The terms as a profile."""
    parts = []
    for network, certifications, safeguards in TERMS:
        parts.append(
            f'[[recipient]]\nmatch = ["AS{network}"]\nname = "AS{network}"\nrole = "controller"\n'
            f"certifications = {json.dumps(certifications)}\nsafeguards = {json.dumps(safeguards)}\n"
        )
    return "\n".join(parts)


def comity_side(path: Path) -> Iterable[tuple[Any, ...]]:
    """Comity, as a user would call it."""
    import comity

    profile = path.with_suffix(".toml")
    profile.write_text(profile_text())
    judgement = comity.check([path], profile=profile, packs=[str(HERE / "flows.md")])
    for c in judgement.cells:
        yield c.rule, c.verdict, c.origin, c.target, c.party, c.month, c.count, c.bytes


#: The rules of flows.md in SQL, whose NULL is *not known*: for each (scope, what makes it lawful).
BY_HAND = {
    "transfers": (
        """personal AND ("from" IN ('DE', 'FR', 'NL') OR ("from" = 'IT' AND italy))
           AND NOT ("to" IN ('DE', 'FR', 'NL') OR ("to" = 'IT' AND italy)) AND sender <> 'individual'""",
        """"to" IN ('GB', 'JP', 'CH') OR ("to" = 'BR' AND brazil)
           OR ("to" = 'US' AND list_contains(certifications, 'dpf'))
           OR (list_contains(safeguards, 'scc-2021') AND list_contains(safeguards, 'transfer-impact-assessment'))
           OR (list_contains(safeguards, 'explicit-consent') AND NOT sender = 'public-authority')""",
    ),
    "large": ('"from" <> "to" AND large', "encrypted"),
    "home": ("""personal AND "from" IN ('SG', 'BR')""", '"to" = "from"'),
    "seats": ('personal AND "from" <> "to"', 'list_contains(seat, "to")'),
    "authorities": ('personal AND "from" <> "to"', "NOT (role IN ('State', 'public-authority'))"),
}

#: What an engineer would write: one pass over the file into groups, with what is known of addresses joined in.
GROUPS = """
    CREATE TABLE ends AS
    SELECT address, place AS "to",
        coalesce('AS' || t.network, r.name,
            CASE WHEN nature NOT IN ('public', 'anycast') THEN nature || ' addresses' END,
            'AS' || l.network || coalesce(' ' || network_name, '')) AS label,
        CASE WHEN t.network IS NULL THEN r.role ELSE 'controller' END AS role, r.seat, t.certifications, t.safeguards
    FROM located l LEFT JOIN terms t USING (network) LEFT JOIN register r USING (network);
    CREATE TABLE classes AS SELECT address, dense_rank() OVER (
        ORDER BY "to", label, role, seat, certifications, safeguards)::INTEGER AS class FROM ends;
    CREATE TABLE groups AS
    SELECT class, "from", "sender.role" AS sender, personal, encrypted, bytes >= 90000 AS large,
        CASE WHEN "at" < TIMESTAMPTZ '2026-01-01 00:00:00+00' THEN '2025-12'
             WHEN "at" < TIMESTAMPTZ '2026-02-01 00:00:00+00' THEN '2026-01' ELSE '2026-02' END AS month,
        "at" < TIMESTAMPTZ '2026-01-31 23:00:00+00' AS italy, "at" >= TIMESTAMPTZ '2026-01-25 23:00:00+00' AS brazil,
        count(*) AS n, sum(bytes) AS bytes, min("at") AS first, max("at") AS last
    FROM '{path}' JOIN classes USING (address) WHERE NOT blocked GROUP BY ALL;
    CREATE TABLE situations AS
    SELECT * FROM groups JOIN (SELECT DISTINCT class, ends.* EXCLUDE (address) FROM classes JOIN ends USING (address))
    USING (class);
"""

RULE = """
    SELECT CASE WHEN lawful THEN 'kept' WHEN scope AND NOT lawful THEN 'breach' ELSE 'unknown' END AS verdict,
        "from", "to", label, month, sum(n)::BIGINT, sum(bytes)::BIGINT, min(first), max(last)
    FROM (SELECT *, ({scope}) AS scope, ({lawful}) AS lawful FROM situations) WHERE scope IS NOT FALSE GROUP BY ALL
"""


def hand_side(path: Path) -> Iterable[tuple[Any, ...]]:
    """Hand-written SQL, with the shipped tables of addresses and parties."""
    from comity.engine.duckdb import Engine
    from comity.enrich import parties, places

    engine = Engine()
    connection = engine.connection
    connection.execute(f"CREATE TABLE addresses AS SELECT DISTINCT address FROM '{path}'")
    places.shipped().locate(engine, "addresses", "located")
    connection.execute("CREATE TABLE terms (network BIGINT, certifications VARCHAR[], safeguards VARCHAR[])")
    connection.executemany("INSERT INTO terms VALUES (?, ?, ?)", TERMS)
    connection.execute(
        f"""
        CREATE TABLE register AS
        SELECT name, string_split(nullif(seat, ''), ' ') AS seat, nullif(role, '') AS role,
            unnest(string_split(networks, ' '))[3:]::BIGINT AS network
        FROM read_csv('{parties.REGISTER}', all_varchar = true)
        WHERE networks <> '' AND role IS DISTINCT FROM 'provider'
        """
    )
    connection.execute(GROUPS.format(path=path))
    for rule, (scope, lawful) in BY_HAND.items():
        for row in connection.execute(RULE.format(scope=scope, lawful=lawful)).fetchall():
            yield rule, *row[:-2]


SIDES = {"comity": comity_side, "hand": hand_side}


def measure(side: str, path: Path) -> dict[str, Any]:
    """Run one side in this process: seconds, peak memory, and its result."""
    rows, took = measured(lambda: [(*map(str, row[:6]), int(row[6]), int(row[7])) for row in SIDES[side](path)])
    return {**took, "rows": rows}


def without_names(rows: Iterable[list[Any]], named: set[str]) -> Counter[tuple[str, ...]]:
    """Flows and bytes by rule, verdict, places, recipient and month; recipients that are not ``named`` as one."""
    found: Counter[tuple[str, ...]] = Counter()
    for rule, verdict, origin, target, party, month, n, volume in rows:
        key = (rule, verdict, origin, target, party if party in named else "None", month)
        found[(*key, "flows")] += n
        found[(*key, "bytes")] += volume
    return found


def main() -> None:
    """Run both sides in turns, compare, print, write."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    path = HERE / "data" / f"flows-{rows}.parquet"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        print(f"making {path.name}", flush=True)
        generate(path, rows)
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    for turn in range(TURNS):
        for side in SIDES:
            runs[side].append(in_a_process(__file__, "--side", side, path))
            print(f"turn {turn + 1}, {side}: {runs[side][-1]['seconds']:.1f} s", flush=True)
    named = {row[4] for row in runs["comity"][0]["rows"]}
    same = without_names(runs["comity"][0]["rows"], named) == without_names(runs["hand"][0]["rows"], named)
    if not same:
        sys.exit("the two sides disagree")
    ratio = statistics.median(
        ours["seconds"] / theirs["seconds"] for ours, theirs in zip(runs["comity"], runs["hand"], strict=True)
    )
    seconds = {side: statistics.median(run["seconds"] for run in runs[side]) for side in SIDES}
    results = [
        {"name": "located_rows_per_second", "value": round(rows / seconds["comity"]), "unit": "rows/s"},
        {"name": "located_by_hand_rows_per_second", "value": round(rows / seconds["hand"]), "unit": "rows/s"},
        {"name": "located_over_sql", "value": round(ratio, 2), "unit": "times its time"},
        {"name": "located_peak_memory", "value": round(max(r["peak"] for r in runs["comity"]) / 1e9, 2), "unit": "GB"},
    ]
    keep(results)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        print(json.dumps(measure(sys.argv[2], Path(sys.argv[3]))))
    else:
        main()
