"""The figures of bench/peers.py as tables of docs/explanation/performance.md."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from beside.flows import RELATIONS
from beside.sides import DUTIES
from page import processor, rewrite, table

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "performance.md"


def write_page(
    rows: int, path: Path, runs: Mapping[str, Sequence[Mapping[str, Any]]], found: Mapping[str, Any]
) -> None:
    """Put the tables of a run into the page."""
    cores = os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    day = datetime.now(UTC).date()
    machine = f"{processor()}, {cores} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    size = path.stat().st_size / 1e6
    told = (
        f"{day}, {machine}. {rows:,} flows in {size:,.0f} MB of Parquet, {RELATIONS:,} relations; medians of "
        f"{len(runs['comity'])} turns. Bulk judging took {found['bulk_memory']} GB of memory at most."
    )
    rewrite(PAGE, "\n\n".join((told, _bulk(runs, found, cores), _singles(runs, found))), "make bench")


def _bulk(runs: Mapping[str, Sequence[Mapping[str, Any]]], found: Mapping[str, Any], cores: int) -> str:
    """Everyone at their best, beside Comity in bulk."""
    ours = found["bulk_flows_per_second"]
    rates = [
        (f"Comity {version('comity')} in bulk", ours, cores),
        (f"SQL by hand, DuckDB {version('duckdb')}", found["sql_flows_per_second"], cores),
        *((runs[side][0]["version"], found[f"{side}_flows_per_second"], 1) for side in ("opa", "cedar", "casbin")),
    ]
    lines = [
        (name, used, f"{rate:,}", f"{ours / rate:,.2f}" if rate * 10 > ours else f"{ours / rate:,.0f}")
        for name, rate, used in rates
    ]
    return table(("all rules on one flow", "cores used", "flows/s", "Comity in bulk is … times as fast"), lines)


def _singles(runs: Mapping[str, Sequence[Mapping[str, Any]]], found: Mapping[str, Any]) -> str:
    """One flow at a time and in batches, on one core."""

    def rate(side: str, way: str) -> str:
        return f"{statistics.median(run['rates'][way] for run in runs[side]):,.0f}"

    lines: list[tuple[object, ...]] = [
        ("Comity, flows as they come", rate("single", "one"), "–", f"{found['decisions_per_second']:,}"),
        ("Comity, flows that are all unlike", rate("single", "new"), "–", f"{found['new_decisions_per_second']:,}"),
    ]
    for side in ("opa", "cedar", "casbin"):
        batch = "–" if side == "casbin" else rate(side, "batch")
        best = found[f"{side}_flows_per_second"] * len(DUTIES)
        lines.append((runs[side][0]["version"], rate(side, "one"), batch, f"{best:,}"))
    agreed = ", ".join(f"{max(run['agreed'] for run in runs[side]):,} of {side}" for side in ("opa", "cedar", "casbin"))
    head = ("on one core", "flows/s, one by one", "flows/s, in batches", "decisions/s at best")
    return (
        f"{table(head, lines)}\n\nFlows whose verdicts were compared with those of the SQL: {agreed}, "
        f"{runs['single'][0]['agreed']:,} of single decisions; in bulk, all."
    )
