"""How time and memory grow: with rows, with rules, with distinct situations, with recipients.

    python bench/growth.py [AXIS...]         rows, rules, situations, recipients; all by default

Flows (Parquet, rows of random attributes drawn again and again) and rules are made, and judged by Comity in a process
of its own with `memory="2GB"`, of which time and peak memory are measured. Results are merged into bench/results.json;
docs/explanation/growth.svg draws them.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

from page import processor, rewrite, table
from processes import in_a_process, measured
from results import keep

HERE = Path(__file__).parent
DATA = HERE / "data"
GROWN = HERE / "growth.json"
PAGE = HERE.parent / "docs" / "explanation" / "performance.md"
CHART = HERE.parent / "docs" / "explanation" / "growth.svg"
MEMORY = "2GB"
TURNS = 1

PLACES = "AE AR AT AU BE BR CA CH CL CN CO CZ DE DK EG ES FI FR GB GR HU ID IE IL IN IT JP KE KR KZ MX MY NG".split()
PLACES += "NL NO NZ PE PH PL PT QA RO RU SA SE SG TH TR UA US VN ZA".split()
DATA_CATEGORIES = "Name EmailAddress Health Location Age Gender Income Education Religion Nationality".split()
SAFEGUARDS = "scc-2021 transfer-impact-assessment explicit-consent bcr cbpr-certified security-assessment".split()
VOLUMES = (1_000, 10_000, 50_000, 90_000)

#: What grows, and what the rest is while it does: rows, rules, situations, recipients.
BASE = {"rows": 10_000_000, "rules": 20, "situations": 1_000, "recipients": 100}
AXES: dict[str, Sequence[int]] = {
    "rows": (100_000, 1_000_000, 10_000_000, 100_000_000),
    "rules": (10, 50, 200, 500),
    "situations": (100, 10_000, 100_000, 1_000_000),
    "recipients": (100, 1_000, 10_000, 100_000),
}


def flows(rows: int, situations: int, recipients: int) -> Path:
    """A Parquet file of flows that are alike in all but their moment and volume to one of so many."""
    import duckdb

    path = DATA / f"growth-{rows}-{situations}-{recipients}.parquet"
    if path.exists():
        return path
    DATA.mkdir(exist_ok=True)
    connection = duckdb.connect(config={"preserve_insertion_order": "false"})
    connection.execute("SET TimeZone = 'UTC'")

    def one(values: Sequence[str], salt: int) -> str:
        return f"{list(values)}[1 + (hash(n, {salt}) % {len(values)})::INTEGER]"

    def some(values: Sequence[str], salt: int) -> str:
        return f"list_filter({list(values)}, lambda v: hash(n, v, {salt}) % 4 = 0)"

    connection.execute(
        f"""
        CREATE TABLE alike AS SELECT n, {one(PLACES, 1)} AS "from", {one(PLACES, 2)} AS "to",
            {some(DATA_CATEGORIES, 3)} AS data, {some(SAFEGUARDS, 4)} AS safeguards,
            CASE hash(n, 5) % 4 WHEN 0 THEN NULL WHEN 1 THEN false ELSE true END AS encrypted,
            {one(["controller", "processor", "public-authority"], 6)} AS "recipient.role",
            'Recipient ' || (hash(n, 7) % {recipients}) AS "recipient.name"
        FROM range({situations}) t(n)
        """
    )
    connection.execute(
        f"""
        COPY (SELECT 'flow' AS kind, TIMESTAMPTZ '2025-12-01 00:00:00+00' + to_seconds((h % 7776000)::BIGINT) AS "at",
                ((h >> 20) % 100000)::BIGINT AS bytes, alike.* EXCLUDE (n)
            FROM (SELECT hash(i, 7) AS h, CASE WHEN i < {situations} THEN i ELSE hash(i, 8) % {situations} END AS n
                  FROM range({rows}) t(i)) JOIN alike USING (n)
        ) TO '{path}' (FORMAT parquet)
        """
    )
    return path


def law(rules: int) -> Path:
    """A pack of so many duties, every one different, every second with an exception; the same number, the same pack."""
    path = DATA / f"growth-{rules}.md"
    front = "id: growth\ntitle: Rules to measure by\nissuer: EU\nforce: law\nbearer: company\nfrom: 2018-05-25\n"
    front += "zone: UTC\nsources: [https://eur-lex.europa.eu/eli/reg/2016/679/oj]"
    random = Random(rules)
    path.write_text(f"---\n{front}\n---\n# Rules to measure by\n\n" + "\n".join(_rules(random, rules)))
    return path


def _rules(random: Random, rules: int) -> Iterator[str]:
    for number in range(rules):
        home, away = (", ".join(f'"{code}"' for code in sorted(random.sample(PLACES, size))) for size in (4, 8))
        data, safeguard = random.choice(DATA_CATEGORIES), random.choice(SAFEGUARDS)
        when = random.choice(
            [
                f'flow.from in [{home}] && "{data}" in flow.data',
                f"flow.from in [{home}] && !(flow.to in [{away}])",
                f'flow.to in [{away}] && flow.recipient.role == "public-authority"',
                f'"{data}" in flow.data && flow.bytes >= {random.choice(VOLUMES)}',
            ]
        )
        duty = random.choice(["flow.encrypted", f'"{safeguard}" in flow.safeguards', f"flow.to in [{home}]"])
        yield f"## Article {number + 1} — A duty"
        yield f"```rule\nid: r{number}\nabout: flow\nwhen: '{when}'\nduty: '{duty}'\n```"
        if number % 2:
            lawful = f'"{random.choice(SAFEGUARDS)}" in flow.safeguards'
            yield f"```rule\nid: e{number}\nexcepts: r{number}\nwhen: '{lawful}'\n```"


def measure(path: Path, pack: Path) -> dict[str, float]:
    """Judge in this process: what it took, and how many findings there are."""
    import comity

    judgement, took = measured(lambda: comity.check([path], packs=[str(pack)], memory=MEMORY))
    return {**took, "findings": judgement.found}


def grow(axis: str) -> Iterator[dict[str, Any]]:
    """Time and memory at every size of an axis."""
    for size in AXES[axis]:
        sizes = BASE | {axis: size}
        relations = max(sizes["situations"], sizes["recipients"])  # as many as there are recipients
        path = flows(sizes["rows"], relations, sizes["recipients"])
        runs = [in_a_process(__file__, "--measure", path, law(sizes["rules"])) for _ in range(TURNS)]
        row = {"axis": axis, "size": size} | {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        told = f"{row['seconds']:8.2f} s {row['cpu']:8.2f} s of CPU {row['peak'] / 1e9:6.2f} GB"
        print(f"{axis:>11} {size:>11,} {told}", flush=True)
        yield row


def draw(rows: Sequence[dict[str, Any]]) -> None:
    """Draw time and memory by each axis, both scales logarithmic."""
    import altair

    values = [
        {"axis": row["axis"], "size": row["size"], "what": what, "value": value}
        for row in rows
        for what, value in (("seconds", row["seconds"]), ("gigabytes of memory", row["peak"] / 1e9))
    ]
    lines = (
        altair.Chart(altair.Data(values=values), width=190, height=150)
        .mark_line(point=True)
        .encode(
            x=altair.X("size:Q", title=None).scale(type="log").axis(format="~s", tickCount=4),
            y=altair.Y("value:Q", title=None).scale(type="log"),
            color=altair.Color("what:N", title=None).scale(range=["#0072b2", "#e69f00"]),
            strokeDash=altair.StrokeDash("what:N", title=None),
        )
    )
    chart = lines.facet(column=altair.Column("axis:N", title=None, sort=list(AXES))).resolve_scale(x="independent")
    chart.configure_legend(orient="bottom").save(CHART)


def told(rows: Sequence[dict[str, Any]]) -> str:
    """The figures as a table, with what they were measured on."""
    lines = [
        (
            row["axis"],
            f"{row['size']:,}",
            f"{row['seconds']:.1f} s",
            f"{row['cpu']:.1f} s",
            f"{row['peak'] / 1e9:.2f} GB",
        )
        for row in rows
    ]
    head = ("what grows", "to", "time", "CPU", "memory at most")
    return f"{processor()}, {os.cpu_count()} cores, DuckDB {version('duckdb')}.\n\n{table(head, lines)}"


def main() -> None:
    """Measure the axes that are named, or all; what was measured of others before is kept."""
    axes = sys.argv[1:] or list(AXES)
    known = json.loads(GROWN.read_text()) if GROWN.exists() else []
    rows = [row for row in known if row["axis"] not in axes] + [row for axis in axes for row in grow(axis)]
    rows.sort(key=lambda row: list(AXES).index(row["axis"]))
    GROWN.write_text(json.dumps(rows, indent=1) + "\n")
    draw(rows)
    rewrite(PAGE, told(rows), "make bench-growth")
    seconds = {(row["axis"], row["size"]): row["seconds"] for row in rows}
    peaks = {(row["axis"], row["size"]): row["peak"] for row in rows}
    most = AXES["rows"][-1]
    results = [
        ("rules_500_over_10", ("rules", 500), ("rules", 10), seconds, "times its time"),
        ("rows_tenfold_time", ("rows", most), ("rows", most // 10), seconds, "times its time"),
        ("rows_tenfold_memory", ("rows", most), ("rows", most // 10), peaks, "times its memory"),
    ]
    keep(
        {"name": name, "value": round(measured[more] / measured[less], 2), "unit": unit}
        for name, more, less, measured, unit in results
        if more in measured and less in measured
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(*map(Path, sys.argv[2:4]))))
    else:
        main()
