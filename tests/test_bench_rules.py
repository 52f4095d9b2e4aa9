"""The rules that benchmarks judge by: Comity in bulk, Comity one by one, and SQL written by hand say the same."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

import comity
from comity.profile import Profile

BENCH = Path(__file__).parent.parent / "bench"


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.insert(0, str(BENCH))
    from beside.flows import generate

    path = tmp_path_factory.mktemp("flows") / "flows.parquet"
    generate(path, 3000)
    return path


def test_bulk_agrees_with_sql_written_by_hand(flows: Path) -> None:
    from beside import sql

    judgement = comity.check([flows], profile=Profile(), packs=[str(BENCH / "transfers.md")])
    ours = Counter({(c.rule, c.verdict, c.origin, c.target, c.party, c.month): c.count for c in judgement.cells})
    theirs = Counter({tuple(row[:6]): row[6] for row in sql.cells(flows)})
    assert ours == theirs
    assert {verdict for _, verdict, *_ in ours} == {"kept", "breach", "unknown"}


def test_single_decisions_agree_with_sql_written_by_hand(flows: Path) -> None:
    from beside import sql
    from beside.flows import first_flows

    decider = comity.Decider([str(BENCH / "transfers.md")])
    for flow, expected in zip(first_flows(flows, 1000), sql.first_verdicts(flows, 1000), strict=True):
        assert {ruling.rule.id: ruling.verdict for ruling in decider.decide(flow)} == expected


@pytest.mark.parametrize(("module", "name"), [("cedar", "Cedar"), ("casbin", "Casbin")])
def test_other_engines_agree(flows: Path, module: str, name: str) -> None:
    pytest.importorskip({"cedar": "cedarpy", "casbin": "casbin"}[module])
    import importlib

    from beside import sql
    from beside.flows import first_flows

    side = getattr(importlib.import_module(f"beside.{module}"), name)()
    answers = map(side.verdicts, side.in_batches(side.inputs(first_flows(flows, 100))))
    assert list(answers) == sql.first_verdicts(flows, 100)
