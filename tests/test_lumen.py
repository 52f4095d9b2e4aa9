"""The example company: its evidence is reproducible, and its README tells what the report says."""

import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

from comity.checking import Judgement, check
from comity.cli.main import main

LUMEN = Path(__file__).parents[1] / "examples" / "lumen"
VERDICTS = ("breach", "unknown", "kept", "out of scope")

#: What the README calls verdicts, where that differs.
WORDS = {"indicator": "breach", "not known": "unknown"}

#: The packs that the README speaks of; others may judge Lumen too.
PACKS = ("eu-gdpr-transfers", "gdsi")

EVIDENCE = {
    "app.har": "har",
    "vpc-flow.log.gz": "vpc_flow",
    "office/conn.log": "zeek",
    "office/dns.log": "zeek",
    "office/http.log": "zeek",
    "office/ssl.log": "zeek",
}


@pytest.fixture(scope="module")
def lumen() -> Judgement:
    return check([LUMEN], packs=PACKS)


def told() -> list[tuple[list[str], str, str, int, str, str]]:
    """The rows of the README's tables: recipients, from, to, flows, rule, verdict."""
    rows = []
    for line in (LUMEN / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[2].isdecimal():
            what, ends, flows, rule, verdict, _ = cells
            origin, target = ends.split(" → ")
            rows.append(
                (
                    re.findall(r"\*\*(.+?)\*\*", what),
                    origin,
                    target,
                    int(flows),
                    rule.strip("`"),
                    WORDS.get(verdict, verdict),
                )
            )
    return rows


def test_generating_again_gives_the_same_bytes():
    made = runpy.run_path(str(LUMEN / "generate.py"))["files"]()

    assert made == {name: (LUMEN / name).read_bytes() for name in EVIDENCE}
    assert sum(map(len, made.values())) < 300_000


def test_every_file_is_recognised_and_nothing_is_skipped(lumen: Judgement):
    read = {str(Path(record.path).relative_to(LUMEN)): record for record in lumen.evidence}

    assert {name: read[name].format for name in EVIDENCE} == EVIDENCE
    assert all(read[name].reading.read and not read[name].reading.skipped for name in EVIDENCE)
    assert all(record.error is None for record in lumen.evidence)


def test_the_readme_tells_the_verdict_on_every_flow(lumen: Judgement):
    counted = Counter()
    for *_, flows, rule, verdict in told():
        counted[rule, verdict] += flows
    found = {
        (result.rule.id, verdict): count
        for result in lumen.rules
        for verdict, count in zip(
            VERDICTS, (result.breach, result.unknown, result.kept, result.out_of_scope), strict=True
        )
        if result.rule.id == "art-44" or (verdict != "out of scope" and (result.rule.id, verdict) in counted)
    }

    assert dict(counted) == found
    assert sum(count for (rule, _), count in counted.items() if rule == "art-44") == lumen.facts == 224


@pytest.mark.parametrize(
    "row",
    [row for row in told() if row[-1] != "out of scope"],
    ids=lambda row: f"{row[4]} {row[1]}→{row[2]} {row[0][0]} {row[5]}",
)
def test_the_readme_tells_the_verdict_on_every_recipient(lumen: Judgement, row: tuple):
    recipients, origin, target, flows, rule, verdict = row
    found = Counter()
    for cell in lumen.cells:
        ends = cell.origin == origin and target in {"…", cell.target or "?"}
        if ends and (cell.rule, cell.verdict) == (rule, verdict) and cell.party in recipients:
            found[cell.party] += cell.count

    assert sum(found.values()) == flows
    assert sorted(found) == sorted(recipients)


def test_what_the_readme_leaves_to_a_sentence(lumen: Judgement):
    unknown = {result.rule.id: result.unknown for result in lumen.rules}
    named = {rule for *_, rule, _ in told()}

    assert "not known for 162 flows" in (LUMEN / "README.md").read_text(encoding="utf-8")
    assert {rule: count for rule, count in unknown.items() if rule not in named and count} == {
        "2b": 162,
        "art-45-dpf-hr": 4,
    }
    assert {cell.party for cell in lumen.cells if cell.rule == "art-45-dpf-hr"} == {"cometcast.example"}


def test_kept_flows_rest_on_the_grounds_that_the_readme_names(lumen: Judgement):
    lifted = next(result.lifted for result in lumen.rules if result.rule.id == "art-44")

    assert lifted == {
        "art-44-same-party": 12,
        "art-45": 8,
        "art-45-partly": 4,
        "art-45-dpf": 6,
        "art-46-2-c": 12,
        "art-49-1-a": 4,
    }


def test_a_certification_counts_from_its_day(lumen: Judgement):
    months = {
        (cell.month, cell.verdict): cell.count
        for cell in lumen.cells
        if (cell.rule, cell.party) == ("art-44", "BrightPixel Metrics")
    }

    assert months == {
        ("2026-03", "breach"): 3,
        ("2026-04", "breach"): 3,
        ("2026-05", "kept"): 3,
        ("2026-06", "kept"): 3,
    }


def test_the_changes_that_the_readme_proposes(tmp_path: Path):
    profile = tmp_path / "comity.toml"
    text = (LUMEN / "comity.toml").read_text(encoding="utf-8")
    changed = text.replace('["scc-2021"] ', '["scc-2021", "transfer-impact-assessment"] ')
    changed = changed.replace('name = "Hanbit Push"', 'name = "Hanbit Push"\ndata = ["DeviceBased"]')
    profile.write_text(changed, encoding="utf-8")
    result = next(r for r in check([LUMEN], packs=PACKS, profile=profile).rules if r.rule.id == "art-44")

    assert (result.breach, result.unknown, result.kept) == (12, 8, 42)


def test_no_real_party_is_accused(lumen: Judgement):
    accused = {finding.facets["recipient"] for finding in lumen.findings if finding.verdict == "breach"}
    described = {recipient.name for recipient in lumen.profile.recipients}

    assert accused <= described
    assert all(match.endswith(".example") for r in lumen.profile.recipients if r.name for match in r.match)


def test_checking_lumen_exits_with_1(capsys: pytest.CaptureFixture[str]):
    assert main(["check", str(LUMEN)]) == 1
    assert "Merlion Maps" in capsys.readouterr().out
