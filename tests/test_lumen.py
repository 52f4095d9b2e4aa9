"""The example company: its evidence is reproducible, and its README tells what the report says."""

import re
import runpy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from comity import checking
from comity.checking import Judgement, check
from comity.cli.main import main
from comity.evidence import format_named
from comity.judge.reference import ReferenceJudge
from comity.vocabulary import KINDS, TALLY

LUMEN = Path(__file__).parents[1] / "examples" / "lumen"
VERDICTS = ("breach", "unknown", "kept", "out of scope")

#: What the README calls verdicts, where that differs.
WORDS = {"indicator": "breach", "not known": "unknown"}

#: The packs that the README speaks of; others may judge Lumen too.
PACKS = ("eu-gdpr-transfers", "gdsi", "clean-network", "promises")

EVIDENCE = {
    "app.har": "har",
    "vpc-flow.log.gz": "vpc_flow",
    "office/conn.log": "zeek",
    "office/dns.log": "zeek",
    "office/http.log": "zeek",
    "office/ssl.log": "zeek",
    "living-room/stick.pcap": "pcap",
    "router/flows.csv": "nfdump",
    "harbour/eve.json": "eve",
    "cloud/plan.json": "terraform",
    "parts/app.cdx.json": "cyclonedx",
    "parts/desk.cdx.json": "cyclonedx",
    "parts/stick.spdx.json": "spdx",
    "scan/lookabout.sarif": "sarif",
    "flaws/han-river.json": "csaf",
    "flaws/lisbon-loaders.json": "csaf",
    "flaws/nile-fonts.json": "csaf",
    "flaws/stick.openvex.json": "openvex",
    "letters/register.csv": "requests",
    "told/facts.ndjson": "facts",
}


@dataclass(frozen=True)
class Row:
    """A row of the README for one rule: what is in bold, and from where to where, or which files."""

    kind: str
    names: tuple[str, ...]
    place: str
    count: int
    rule: str
    verdict: str

    @property
    def files(self) -> set[str]:
        return set(re.findall(r"`(.+?)`", self.place))

    @property
    def places(self) -> set[str]:
        """The places in a file that are told by number: `lines 1 to 3` are `line 1`, `line 2` and `line 3`."""
        found = re.search(r"(line|resource|component|package)s? (\d[\d, andto]*)", self.place)
        if found is None:
            return set()
        ends = re.findall(r"(\d+)(?: to (\d+))?", found[2])
        return {f"{found[1]} {place}" for first, last in ends for place in range(int(first), int(last or first) + 1)}

    def joins(self, origin: str | None, target: str | None) -> bool:
        """Whether a flow between two places is meant."""
        ends = (end.split(", ") for end in self.place.split(" → "))
        return all("…" in named or (given or "?") in named for named, given in zip(ends, (origin, target), strict=True))


def told() -> Iterator[Row]:
    """The rows of the README's tables; a table's third column says of which kind its facts are."""
    kinds = {f"{kind.capitalize()}s": kind for kind in KINDS} | {"Advisories": "advisory"}
    kind = ""
    for line in (LUMEN / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[2] in kinds:
            kind = kinds[cells[2]]
        elif len(cells) == 6 and cells[2].isdecimal():
            what, place, count, rules, verdict, _ = cells
            names = tuple(re.findall(r"\*\*(.+?)\*\*", what))
            for rule in re.findall(r"`(.+?)`", rules):
                yield Row(kind, names, place, int(count), rule, WORDS.get(verdict, verdict))


ROWS = tuple(told())


@dataclass(frozen=True)
class Fact:
    """A fact as it came to the judge, and what the plain judge says of it by rule."""

    kind: str
    file: str
    where: str
    name: str
    values: dict[str, Any]
    verdicts: dict[str, str]


@pytest.fixture(scope="module")
def judged() -> tuple[Judgement, list[tuple[str, str, str, dict[str, Any]]]]:
    """The judgement, and all that it was about: kind, file, place in it and values."""
    facts = []

    def seen(*arguments: Any) -> Iterator[Any]:
        engine, *_, files, _ = arguments
        for found in checking_enriched(*arguments):
            names = [attribute.name for attribute in found.kind.attributes]
            listing = ", ".join(map(found.value, names))
            query = f"SELECT f.file, f.position, {listing} FROM ({found.relation}) f {found.joins()}"
            for file, position, *values in engine.rows(query):
                # Ways of several steps stand in no file of their own.
                path = relative(files[file]) if file in files else "cloud/plan.json"
                where = format_named(EVIDENCE[path]).where(position) if path in EVIDENCE else ""
                facts.append((found.kind.name, path, where, dict(zip(names, values, strict=True))))
            yield found

    checking_enriched = checking.enriched
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "enriched", seen)
        return check([LUMEN], packs=PACKS), facts


@pytest.fixture(scope="module")
def lumen(judged) -> Judgement:
    return judged[0]


@pytest.fixture(scope="module")
def facts(judged) -> list[Fact]:
    """Everything but flows, by the plain judge; rules that read tallies left out."""
    judgement, found = judged
    judge = ReferenceJudge(judgement.law, now=judgement.now)
    rules = [(r.pack, r.rule) for r in judgement.rules if TALLY not in r.rule.when_text]
    return [
        Fact(
            kind, file, where, name_of(kind, values), values,
            {rule.id: judge.verdict(pack, rule, values) for pack, rule in rules if rule.about == kind},
        )
        for kind, file, where, values in found
        if kind != "flow"
    ]  # fmt: skip


def name_of(kind: str, values: dict[str, Any]) -> str:
    """What the README calls a fact."""
    if kind == "path":
        return f"{values['start']} → {values['end']}"
    return str(values[KINDS[kind].facets.name] or values["supplier.name"])


def relative(path: str | Path) -> str:
    return str(Path(path).resolve().relative_to(LUMEN))


def row_id(row: Row) -> str:
    where = row.place if row.kind == "flow" else row.kind
    return f"{row.rule} {where} {row.names[0]} {row.verdict}".replace(" ", "_")


def test_generating_again_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(LUMEN))
    made = runpy.run_path(str(LUMEN / "generate.py"))["files"]()

    assert made == {name: (LUMEN / name).read_bytes() for name in EVIDENCE}
    assert sum(map(len, made.values())) < 300_000


def test_every_file_is_recognised_and_nothing_is_skipped(lumen: Judgement):
    read = {relative(record.path): record for record in lumen.evidence}
    skipped = {name: read[name].reading.skipped for name in EVIDENCE}

    assert {name: record.format for name, record in read.items() if record.format} == EVIDENCE | {
        "comity.toml": "profile"
    }
    assert all(read[name].reading.read for name in EVIDENCE)
    # A statement that the stick is not affected is no advisory.
    assert {name: count for name, count in skipped.items() if count} == {"flaws/stick.openvex.json": 1}
    assert all(record.error is None for record in lumen.evidence)


def test_the_readme_tells_every_verdict_of_every_rule(lumen: Judgement):
    counted = Counter()
    for row in ROWS:
        counted[row.kind, row.rule, row.verdict] += row.count
    found = {
        (result.rule.about, result.rule.id, verdict): count
        for result in lumen.rules
        for verdict, count in zip(
            VERDICTS, (result.breach, result.unknown, result.kept, result.out_of_scope), strict=True
        )
        if count and (result.rule.id == "art-44" or verdict != "out of scope")
    }

    assert dict(counted) == found
    assert sum(count for (_, rule, _), count in counted.items() if rule == "art-44") == 253


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.kind == "flow" and row.verdict != "out of scope" and row.names],
    ids=row_id,
)
def test_the_readme_tells_the_verdict_on_every_recipient(lumen: Judgement, row: Row):
    found = Counter()
    for cell in lumen.cells:
        if (cell.about, cell.rule, cell.verdict) == ("flow", row.rule, row.verdict) and cell.party in row.names:
            found[cell.party] += cell.count if row.joins(cell.origin, cell.target) else 0

    assert sum(found.values()) == row.count
    assert sorted(name for name in found if found[name]) == sorted(row.names)


@pytest.mark.parametrize("row", [row for row in ROWS if row.kind != "flow"], ids=row_id)
def test_the_readme_tells_the_verdict_on_every_fact_by_name_and_file(lumen: Judgement, facts: list[Fact], row: Row):
    here = [fact for fact in facts if fact.kind == row.kind and fact.name in row.names and fact.file in row.files]
    meant = [fact for fact in here if fact.verdicts.get(row.rule, row.verdict) == row.verdict]

    assert sorted(fact.name for fact in meant) == sorted(row.names)
    assert len(meant) == row.count
    assert {fact.file for fact in meant} == row.files
    if row.kind != "path" and row.places:
        assert {fact.where for fact in meant} == row.places


def test_dependence_on_one_state_is_told_by_supplier(lumen: Judgement, facts: list[Fact]):
    rows = [row for row in ROWS if row.rule == "1b-dependence"]
    told = Counter(
        (row.verdict, fact.values["supplier.name"])
        for row in rows
        for fact in facts
        if fact.kind == "component" and fact.name in row.names and fact.file in row.files
    )
    found = Counter()
    for cell in lumen.cells:
        if cell.rule == "1b-dependence" and cell.verdict != "out of scope":
            found[cell.verdict, cell.party] += cell.count

    assert told == found


def test_every_commitment_and_every_line_is_settled_somewhere(lumen: Judgement):
    settled = {(result.pack.id, result.rule.id) for result in lumen.rules if result.breach or result.kept}

    assert {rule[0] for pack, rule in settled if pack == "gdsi"} == set("12345678")
    assert {rule for pack, rule in settled if pack == "clean-network"} == {
        *("path", "carrier", "store", "apps", "cloud", "cable")
    }


def test_kept_flows_rest_on_the_grounds_that_the_readme_names(lumen: Judgement):
    lifted = next(result.lifted for result in lumen.rules if result.rule.id == "art-44")

    assert lifted == {
        "art-44-same-party": 16,
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
    changed = changed.replace('gates = ["10.20.1.0/24", "aws_vpc.gate"]', 'gates = ["aws_vpc.gate"]')
    profile.write_text(changed, encoding="utf-8")
    flows = {r.rule.id: r for r in check([LUMEN], packs=PACKS, profile=profile).rules if r.rule.about == "flow"}

    assert (flows["art-44"].breach, flows["art-44"].unknown, flows["art-44"].kept) == (12, 8, 42)
    assert (flows["barrier"].breach, flows["barrier"].kept) == (14, 1)


def test_no_real_party_is_accused(lumen: Judgement):
    """Real names stand among suppliers and stores, and only the programme that named them speaks of them."""
    made_up = {known.name or known.match[0] for known in (*lumen.profile.recipients, *lumen.profile.suppliers)}
    made_up |= {"Lumen", "Registry of Guests", "Board of Visitors"}
    breaches = [finding for finding in lumen.findings if finding.verdict == "breach"]

    # A store is its holder's: findings name beside it who runs the cloud. A path ends at a resource.
    others = [f for f in breaches if (f.pack, f.about) not in (("gdsi", "store"), ("promises", "path"))]
    named = {(finding.pack, finding.facets["recipient"]) for finding in others}
    assert {party for pack, party in named if pack != "clean-network"} - {None} <= made_up
    assert {party for pack, party in named if pack == "clean-network"} - made_up - {None} == {
        *("Potomac Film Office", "ZTE Corporation", "China Telecom (Americas) Corporation"),
        *("HMN Technologies Co., Limited", "Alibaba Group Holding Limited"),
    }
    assert all(match.endswith(".example") for r in lumen.profile.recipients if r.name for match in r.match)


def test_checking_lumen_exits_with_1(capsys: pytest.CaptureFixture[str]):
    assert main(["check", str(LUMEN)]) == 1
    assert "Merlion Maps" in capsys.readouterr().out
