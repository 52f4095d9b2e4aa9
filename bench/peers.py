"""The same rules on the same flows by Comity, OPA, Cedar, casbin and hand-written DuckDB SQL, in one run.

    python bench/peers.py [ROWS]

The rules are those of transfers.md, the flows those of beside/flows.py, made once in bench/data; all that rules read
of them stands in the file. Every side runs in a process of its own, in turns. Comity and SQL judge the whole file, and
must agree on the flows and bytes of every rule, verdict, place of origin, place of arrival, recipient and month.
Engines that take one request at a time judge for some seconds as many flows as they can; each must agree with the SQL
on the verdict of every duty on every flow that it judged. Results go to bench/results.json and into
docs/explanation/performance.md.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beside import flows, opa, sql
from beside.lists import PACK
from beside.sides import DUTIES, Side
from figures import write_page
from processes import in_a_process, measured
from results import keep

HERE = Path(__file__).parent
ROWS = 10_000_000
TURNS = 3

#: Flows that engines are offered one by one, and for how many seconds each way of asking them is measured.
SAMPLE = 100_000
SECONDS = 4.0
_SLICE = 250

PEERS = {"opa": "Opa", "cedar": "Cedar", "casbin": "Casbin"}

#: Versions, and flows per second by way of asking, for engines that take one flow at a time.
Rates = dict[str, float]


def comity_bulk(path: Path) -> Iterable[tuple[Any, ...]]:
    """Comity in bulk, as a user would call it."""
    import comity
    from comity.profile import Profile

    judgement = comity.check([path], profile=Profile(), packs=[str(PACK)])
    for c in judgement.cells:
        yield c.rule, c.verdict, c.origin, c.target, c.party, c.month, c.count, c.bytes


def sql_bulk(path: Path) -> Iterable[tuple[Any, ...]]:
    """The rules in SQL; times of first and last flows are computed too, as Comity's findings have them."""
    return (row[:8] for row in sql.cells(path))


BULK = {"comity": comity_bulk, "sql": sql_bulk}


def measure_bulk(side: str, path: Path) -> dict[str, Any]:
    """One side in this process: seconds, peak memory, and its cells."""
    cells, took = measured(
        lambda: [(*map(str, row[:6]), int(row[6]), int(row[7])) for row in BULK[side](path)],
    )
    return {**took, "cells": sorted(cells)}


@dataclass
class Expected:
    """What the SQL says of the first flows: everyone else's verdicts are held against it."""

    verdicts: list[dict[str, str]]

    def check(self, side: str, found: Iterable[dict[str, str]]) -> int:
        """How many agree; ends the run where one does not."""
        number = 0
        for number, verdicts in enumerate(found, 1):
            if verdicts != self.verdicts[number - 1]:
                sys.exit(f"{side} disagrees on flow {number}: {verdicts}, not {self.verdicts[number - 1]}")
        return number


def rate(ask: Callable[[Sequence[Any]], Iterator[Any]], inputs: Sequence[Any]) -> tuple[float, list[Any]]:
    """Flows per second within the time given, and the answers."""
    answers: list[Any] = []
    began = time.perf_counter()
    while len(answers) < len(inputs) and time.perf_counter() - began < SECONDS:
        answers += ask(inputs[len(answers) : len(answers) + _SLICE])
    return len(answers) / (time.perf_counter() - began), answers


def measure_peer(side: str, path: Path) -> dict[str, Any]:
    """An engine in this process: its version, its rates, and on how many flows it agrees."""
    engine: Side = getattr(importlib.import_module(f"beside.{side}"), PEERS[side])()
    sample = SAMPLE // 10
    inputs = engine.inputs(flows.first_flows(path, sample))
    expected = Expected(sql.first_verdicts(path, sample))
    ways = {"one": engine.one_by_one, "batch": engine.in_batches}
    rates, agreed = {}, 0
    for name, ask in ways.items():
        rates[name], answers = rate(ask, inputs)
        agreed = max(agreed, expected.check(side, map(engine.verdicts, answers)))
    return {"version": engine.version, "rates": rates, "agreed": agreed}


def measure_single(path: Path) -> dict[str, Any]:
    """Comity one flow at a time, nothing remembered at first: flows as they come, and flows that are all unlike."""
    import comity

    sample = [{n: v for n, v in flow.items() if v is not None} for flow in flows.first_flows(path, SAMPLE)]
    expected = Expected(sql.first_verdicts(path, SAMPLE))
    decider = comity.Decider([str(PACK)])
    began = time.perf_counter()
    rulings = [decider.decide(flow) for flow in sample]
    rates = {"one": SAMPLE / (time.perf_counter() - began)}
    verdicts = ({ruling.rule.id: ruling.verdict for ruling in found} for found in rulings)
    agreed = expected.check("comity", verdicts)
    unlike = [{n: v for n, v in flow.items() if v is not None} for flow in flows.unlike(path.parent)]
    decider = comity.Decider([str(PACK)])
    began = time.perf_counter()
    for flow in unlike:
        decider.decide(flow)
    rates["new"] = len(unlike) / (time.perf_counter() - began)
    return {"version": f"Comity {comity.__version__}", "rates": rates, "agreed": agreed}


def run_side(side: str, path: Path) -> dict[str, Any]:
    """What a process of its own does."""
    if side in BULK:
        return measure_bulk(side, path)
    return measure_single(path) if side == "single" else measure_peer(side, path)


def main() -> None:
    """Run all sides in turns, compare, print, write."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    path = HERE / "data" / f"relations-{rows}.parquet"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        print(f"making {path.name}", flush=True)
        flows.generate(path, rows)
    flows.unlike(path.parent)
    opa.install()
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in (*BULK, "single", *PEERS)}
    for turn in range(TURNS):
        for side, found in runs.items():
            found.append(in_a_process(__file__, "--side", side, path))
            told = found[-1].get("rates") or f"{found[-1]['seconds']:.1f} s"
            print(f"turn {turn + 1}, {side}: {told}", flush=True)
        if runs["comity"][-1].pop("cells") != runs["sql"][-1].pop("cells"):
            sys.exit("Comity and the SQL disagree")
    results = figures(rows, runs)
    keep(results)
    write_page(rows, path, runs, {result["name"]: result["value"] for result in results})


def median(runs: Iterable[dict[str, Any]], way: str) -> float:
    """The middle of an engine's rates in one way of asking."""
    return statistics.median(run["rates"][way] for run in runs)


def figures(rows: int, runs: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The metrics of a run."""
    seconds = {side: statistics.median(run["seconds"] for run in runs[side]) for side in BULK}
    bulk = rows / seconds["comity"]
    best = {side: max(median(runs[side], way) for way in ("one", "batch")) for side in PEERS}
    over_sql = statistics.median(
        ours["seconds"] / theirs["seconds"] for ours, theirs in zip(runs["comity"], runs["sql"], strict=True)
    )
    one, new = median(runs["single"], "one"), median(runs["single"], "new")
    found = [
        ("bulk_flows_per_second", round(bulk), "flows/s"),
        ("sql_flows_per_second", round(rows / seconds["sql"]), "flows/s"),
        ("bulk_over_sql", round(over_sql, 2), "times its time"),
        *((f"{side}_flows_per_second", round(value), "flows/s") for side, value in best.items()),
        *((f"bulk_over_{side}", round(bulk / value), "times its flows/s") for side, value in best.items()),
        ("single_flows_per_second", round(one), "flows/s on one core"),
        ("decisions_per_second", round(one * len(DUTIES)), "decisions/s on one core"),
        ("new_decisions_per_second", round(new * len(DUTIES)), "decisions/s on one core"),
        ("bulk_memory", round(max(run["peak"] for run in runs["comity"]) / 1e9, 2), "GB"),
    ]
    return [{"name": name, "value": value, "unit": unit} for name, value, unit in found]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        print(json.dumps(run_side(sys.argv[2], Path(sys.argv[3]))))
    else:
        main()
