"""CSAF: every vulnerability that concerns a product is an advisory, with the times that the document shows."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import SHARED, formats_of, read

from comity.errors import EvidenceError
from comity.evidence import csaf
from comity.evidence.csaf.vulnerability import _all_remedied

REAL = sorted(path for path in SHARED.glob("csaf/*.json") if path.name.startswith("cisa__") or "csaf" in path.stem)
MARCH = datetime(2024, 3, 1, tzinfo=UTC)


def vendor(name: str, *products: str) -> dict[str, Any]:
    """A maker whose products have their own names as ids."""
    versions = [
        {"category": "product_name", "name": product.split()[0], "branches": [leaf(product)]} for product in products
    ]
    return {"category": "vendor", "name": name, "branches": versions}


def leaf(product: str) -> dict[str, Any]:
    return {"category": "product_version", "name": "1", "product": {"name": product, "product_id": product}}


def document(*vulnerabilities: Any, **more: Any) -> dict[str, Any]:
    """A document of a maker; of ``more``, `tree` and `tracking` are added to those parts, others to the document."""
    tracking = {
        "id": "LU-1",
        "status": "final",
        "initial_release_date": "2024-03-01T00:00:00Z",
        **more.pop("tracking", {}),
    }
    tree = more.pop("tree", {"branches": [vendor("Lumen", "Mail 1")]})
    head = {"csaf_version": "2.0", "publisher": {"category": "vendor"}, "tracking": tracking, **more}
    return {"document": head, "product_tree": tree, "vulnerabilities": list(vulnerabilities)}


def vulnerability(*affected: str, **more: Any) -> dict[str, Any]:
    return {"cve": "CVE-2024-1", "product_status": {"known_affected": list(affected) or ["Mail 1"]}, **more}


def write(folder: Path, content: Any) -> Path:
    path = folder / "advisory.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def one(folder: Path, *args: Any, **more: Any) -> dict[str, Any]:
    """The only advisory of a document with these vulnerabilities, its times as such."""
    facts, _ = read(write(folder, document(*args, **more)))
    (fact,) = facts
    return {name: moment(value) if isinstance(value, int) and value > 10**12 else value for name, value in fact.items()}


def moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def test_a_vulnerability_is_an_advisory_of_its_maker(tmp_path: Path) -> None:
    told = vulnerability(
        discovery_date="2024-01-10T00:00:00Z",
        release_date="2024-02-20T09:00:00+01:00",
        involvements=[{"party": "vendor", "status": "open", "date": "2024-01-20T00:00:00Z"}],
        remediations=[
            {"category": "vendor_fix", "date": "2024-02-25T00:00:00Z", "product_ids": ["Mail 1"]},
            {"category": "workaround", "product_ids": ["Mail 1"]},
        ],
        scores=[{"products": ["Mail 1"], "cvss_v3": {"baseSeverity": "HIGH"}}],
    )
    assert one(tmp_path, told) == {
        "kind": "advisory",
        "file": 1,
        "position": 0,
        "at": datetime(2024, 2, 20, 8, tzinfo=UTC),
        "product": "Mail",
        "id": "CVE-2024-1",
        "severity": "high",
        "provider.name": "Lumen",
        "discovered": datetime(2024, 1, 10, tzinfo=UTC),
        "aware": datetime(2024, 1, 20, tzinfo=UTC),
        "users_told": MARCH,
        "published": datetime(2024, 2, 20, 8, tzinfo=UTC),
        "remedy_available": datetime(2024, 2, 25, tzinfo=UTC),
        "remedies": ["vendor_fix", "workaround"],
    }


def test_each_maker_has_an_advisory_of_its_own(tmp_path: Path) -> None:
    both = vulnerability(
        *("Mail 1", "Chat 1", "Chat 2"),
        scores=[
            {"products": ["Mail 1"], "cvss_v3": {"baseSeverity": "LOW"}},
            {"products": ["Chat 1", "Mail 1"], "cvss_v3": {"baseSeverity": "MEDIUM"}},
            {"products": ["Chat 2"], "cvss_v3": {"baseSeverity": "CRITICAL"}},
        ],
        remediations=[{"category": "none_available", "product_ids": ["Mail 1"]}, {"category": "mitigation"}],
    )
    tree = {"branches": [vendor("Lumen", "Mail 1"), vendor("Marina", "Chat 1", "Chat 2", "Post 1")]}
    facts, reading = read(write(tmp_path, document(both, vulnerability("Post 1"), tree=tree)))
    told = [(f["provider.name"], f["product"], f.get("severity"), f.get("remedies")) for f in facts]
    assert told == [
        ("Marina", "Chat", "critical", ["mitigation"]),
        ("Lumen", "Mail", "medium", ["mitigation", "none_available"]),
        ("Marina", "Post", None, None),
    ]
    assert reading.read == 2
    assert [csaf.where(fact["position"]) for fact in facts] == ["/vulnerabilities/0"] * 2 + ["/vulnerabilities/1"]
    assert len({fact["position"] for fact in facts}) == 3


def test_products_of_several_names_leave_the_product_open(tmp_path: Path) -> None:
    tree = {"branches": [vendor("Lumen", "Mail 1", "Chat 1")]}
    assert "product" not in one(tmp_path, vulnerability("Mail 1", "Chat 1"), tree=tree)
    family = {"category": "product_family", "name": "Office", "branches": [leaf("a"), leaf("b")]}
    fact = one(tmp_path, vulnerability("a", "b"), tree={"branches": [family]})
    assert (fact["product"], fact.get("provider.name")) == ("Office", None)


@pytest.mark.parametrize(("category", "maker"), [("default_component_of", "Marina"), ("installed_on", "Lumen")])
def test_a_component_belongs_to_the_maker_of_the_whole(tmp_path: Path, category: str, maker: str) -> None:
    put_together = {"full_product_name": {"product_id": "both"}}
    branches = [vendor("Lumen", "Mail 1"), vendor("Marina", "System 1")]
    references = {"product_reference": "Mail 1", "relates_to_product_reference": "System 1"}
    old = {"branches": branches, "relationships": [{**put_together, "category": category, **references}]}
    assert one(tmp_path, vulnerability("both"), tree=old)["provider.name"] == maker
    steps = [{"category": category, "next_product_reference": "System 1"}]
    path = {**put_together, "beginning_product_reference": "Mail 1", "subpaths": steps}
    new = {"branches": branches, "product_paths": [path]}
    assert one(tmp_path, vulnerability("both"), tree=new, csaf_version="2.1")["provider.name"] == maker


def test_products_that_lead_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    circle = [
        {
            "category": "default_component_of",
            "product_reference": "x",
            "relates_to_product_reference": to,
            "full_product_name": {"product_id": found},
        }
        for found, to in (("a", "b"), ("b", "a"), ("c", "c"))
    ]
    fact = one(tmp_path, vulnerability("a", "b", "c"), tree={"relationships": circle})
    assert not fact.keys() & {"provider.name", "product"}


def test_who_is_not_affected_has_no_advisory(tmp_path: Path) -> None:
    statuses = ({"known_not_affected": ["Mail 1"]}, {"recommended": ["Mail 1"]}, {"fixed": ["Mail 1"]})
    items = [{"cve": f"CVE-2024-{n}", "product_status": status} for n, status in enumerate(statuses)]
    facts, reading = read(write(tmp_path, document(*items)))
    assert [fact["id"] for fact in facts] == ["CVE-2024-2"]
    assert (reading.read, reading.skipped) == (1, 2)
    assert reading.skips[0].why == "no product is said to be affected, fixed or under investigation"


def test_without_a_status_the_only_maker_is_meant(tmp_path: Path) -> None:
    assert one(tmp_path, {"cve": "CVE-2024-1"})["provider.name"] == "Lumen"
    tree = {"branches": [vendor("Lumen", "Mail 1"), vendor("Marina", "Chat 1")]}
    assert "provider.name" not in one(tmp_path, {"cve": "CVE-2024-1"}, tree=tree)


@pytest.mark.parametrize(
    ("names", "id"),
    [
        ({"cve": "CVE-2024-1", "ids": [{"text": "B-1"}]}, "CVE-2024-1"),
        ({"ids": [{"system_name": "Bugs"}, {"text": " B-1 "}]}, "B-1"),
        ({"cve": ""}, "LU-1"),
    ],
)
def test_what_an_advisory_is_called(tmp_path: Path, names: dict[str, Any], id: str) -> None:
    assert one(tmp_path, names)["id"] == id


def test_only_the_maker_tells_its_users(tmp_path: Path) -> None:
    for category in ("coordinator", "discoverer", "other", None):
        fact = one(tmp_path, vulnerability(), publisher={"category": category})
        assert (fact["published"], fact.get("users_told")) == (MARCH, None)


def test_what_is_not_open_to_all_is_not_published(tmp_path: Path) -> None:
    fact = one(tmp_path, vulnerability(), distribution={"tlp": {"label": "AMBER"}})
    assert fact["at"] == MARCH
    assert not fact.keys() & {"published", "users_told"}
    assert one(tmp_path, vulnerability(), distribution={"tlp": {"label": "CLEAR"}})["users_told"] == MARCH


def test_a_vulnerability_added_later_was_not_told_at_first(tmp_path: Path) -> None:
    facts, reading = read(write(tmp_path, document(vulnerability(release_date="2024-06-01T00:00:00Z"))))
    assert "users_told" not in facts[0]
    assert reading.notes == [
        "1 × published after the document: added to it later, not known when, first at /vulnerabilities/0/release_date"
    ]


def test_a_draft_has_told_nobody(tmp_path: Path) -> None:
    facts, reading = read(write(tmp_path, document(vulnerability(), tracking={"status": "draft"})))
    assert (facts, reading.skipped) == ([], 1)


@pytest.mark.parametrize("status", ["contact_attempted", "not_contacted", "in_progress", "completed", "disputed"])
def test_only_an_acknowledgement_shows_since_when_the_maker_knew(tmp_path: Path, status: str) -> None:
    # `completed` is the end of an investigation, and an attempt to reach someone need not reach him.
    dated = {"date": "2024-01-20T00:00:00Z"}
    items = [{"party": "vendor", "status": status, **dated}, {"party": "coordinator", "status": "open", **dated}]
    assert "aware" not in one(tmp_path, vulnerability(involvements=[*items, {"party": "vendor", "status": "open"}]))


def test_a_discovery_after_the_publication_is_none(tmp_path: Path) -> None:
    late = vulnerability(discovery_date="2024-03-04T00:00:00Z", release_date="2024-03-01T00:00:00Z")
    facts, reading = read(write(tmp_path, document(late)))
    assert "discovered" not in facts[0]
    assert reading.notes[0].startswith("1 × discovered after it was published: not known when, first at")


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-02-30T00:00:00Z", "2024-02-20", 7]
)
def test_a_time_that_makes_no_sense_is_not_known(tmp_path: Path, time: Any) -> None:
    facts, reading = read(write(tmp_path, document(vulnerability(release_date=time), vulnerability(release_date=time))))
    assert [fact["at"] for fact in facts] == [MARCH] * 2
    (note,) = reading.notes
    assert note.startswith("2 × `release_date` is ")
    assert note.endswith("first at /vulnerabilities/0/release_date")


def test_a_remedy_was_available_when_the_last_product_had_its_first(tmp_path: Path) -> None:
    def fix(day: int | None, *products: str) -> dict[str, Any]:
        date = {"date": f"2024-04-{day:02}T00:00:00Z"} if day else {}
        return {"category": "vendor_fix", **date, **({"product_ids": products} if products else {})}

    def available(*fixes: dict[str, Any]) -> int | None:
        told = vulnerability("Mail 1", "Mail 2", remediations=fixes)
        found = one(tmp_path, told, tree={"branches": [vendor("Lumen", "Mail 1", "Mail 2")]}).get("remedy_available")
        return found.day if found else None

    assert available(fix(3, "Mail 1"), fix(20, "Mail 1"), fix(9, "Mail 2")) == 9
    assert available(fix(3, "Mail 1"), fix(9)) == 9
    assert available(fix(3), fix(9, "Mail 1")) == 3
    assert available(fix(3, "Mail 1"), fix(None, "Mail 2")) is None
    assert available(fix(3, "Chat 1")) is None
    assert available() is None


def test_a_fix_for_another_maker_is_none_for_this_one(tmp_path: Path) -> None:
    fixes = [
        {"category": "vendor_fix", "date": f"2024-04-0{day}T00:00:00Z", "product_ids": products}
        for day, products in ((1, ["Mail 1"]), (3, ["Mail 1", "Chat 1"]))
    ]
    tree = {"branches": [vendor("Lumen", "Mail 1"), vendor("Marina", "Chat 1")]}
    facts, _ = read(write(tmp_path, document(vulnerability("Mail 1", "Chat 1", remediations=fixes), tree=tree)))
    assert {f["provider.name"]: moment(f["remedy_available"]).day for f in facts} == {"Lumen": 1, "Marina": 3}


_DAYS = st.integers(0, 400).map(lambda days: MARCH + timedelta(days))
_IDS = st.frozensets(st.sampled_from("abc"))


@given(st.lists(st.tuples(_IDS, _DAYS)), st.frozensets(st.sampled_from("abc"), min_size=1))
def test_remedies_by_product_and_by_the_plain_definition_agree(fixes: Any, ids: frozenset[str]) -> None:
    own = [(fixed & ids, date) for fixed, date in fixes if not fixed or fixed & ids]
    dates = [[date for fixed, date in own if not fixed or id in fixed] for id in ids]
    assert _all_remedied(own, ids) == max((min(each) for each in dates if each), default=None)


def test_groups_stand_for_their_products(tmp_path: Path) -> None:
    tree = {
        "branches": [vendor("Lumen", "Mail 1"), vendor("Marina", "Chat 1")],
        "product_groups": [{"group_id": "G", "product_ids": ["Chat 1"]}],
    }
    told = vulnerability("Mail 1", "Chat 1", remediations=[{"category": "mitigation", "group_ids": ["G"]}])
    facts, _ = read(write(tmp_path, document(told, tree=tree)))
    assert {f["provider.name"]: f.get("remedies") for f in facts} == {"Lumen": None, "Marina": ["mitigation"]}


def test_the_fields_of_version_2_1(tmp_path: Path) -> None:
    told = vulnerability(
        disclosure_date="2024-02-01T00:00:00Z",
        metrics=[
            {"products": ["Mail 1"], "content": {"cvss_v4": {"baseSeverity": "MEDIUM"}}},
            {"products": ["Mail 1"], "content": {"qualitative_severity_rating": "critical"}},
        ],
        first_known_exploitation_dates=[{"exploitation_date": "2024-02-02T00:00:00Z", "product_ids": ["Mail 1"]}],
        remediations=[{"category": "fix_planned"}, {"category": "prayer"}],
    )
    fact = one(tmp_path, told, csaf_version="2.1")
    assert (fact["at"].month, fact["severity"], fact["exploited"]) == (2, "critical", True)
    assert fact["remedies"] == ["fix_planned"]


@pytest.mark.parametrize("word", ["NONE", "grave", None, 9])
def test_a_severity_of_none_is_none(tmp_path: Path, word: Any) -> None:
    scores = [{"products": ["Mail 1"], "cvss_v3": {"baseSeverity": word}}, {"cvss_v2": {"baseScore": 9.9}}]
    fact = one(tmp_path, vulnerability(scores=scores, threats=[{"category": "exploit_status", "details": "yes"}]))
    assert not fact.keys() & {"severity", "exploited"}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (json.dumps(document(vulnerability()))[:-40], "is no JSON"),
        (document(csaf_version="1.2"), "CSAF 1.2 is not read"),
        (document(csaf_version=None), "CSAF of an unknown version is not read"),
        ('{"document": {"csaf_version": "2.0"}, "x":' + "[" * 200_000, "is nested too deeply"),
        ('{"document": {"csaf_version": "2.0"}, "x":' + "9" * 5000 + "}", "a number of thousands of digits"),
    ],
)
def test_broken_documents_and_other_versions_are_refused(tmp_path: Path, content: Any, what: str) -> None:
    with pytest.raises(EvidenceError, match=what):
        read(write(tmp_path, content))


def test_nothing_of_a_malformed_document_is_taken_for_something(tmp_path: Path) -> None:
    broken: list[Any] = [
        *(7, None, "CVE-2024-1", []),
        {"cve": 7, "product_status": [], "remediations": {}, "involvements": [1], "scores": "HIGH", "metrics": [[]]},
    ]
    tree = {"branches": [3, {"branches": {}, "category": []}], "relationships": [{}, 1], "product_groups": [None]}
    facts, reading = read(write(tmp_path, document(*broken, tree=tree, publisher="Lumen")))
    assert [fact["id"] for fact in facts] == ["LU-1"]
    assert (reading.read, reading.skipped, reading.skips[0].why) == (1, 4, "not an object")
    for content in (document(), {"document": {"csaf_version": "2.0"}, "vulnerabilities": {}}):
        facts, reading = read(write(tmp_path, content))
        assert (facts, reading.notes) == ([], ["the document tells of no vulnerability"])


def test_half_a_character_does_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(document(vulnerability())).replace("Lumen", r"Lu\ud800men"))
    assert read(path)[0][0]["provider.name"] == "Lu?men"


def test_a_long_note_before_the_version_hides_nothing(tmp_path: Path) -> None:
    content = document(vulnerability())
    version = content["document"].pop("csaf_version")
    content["document"] |= {"notes": [{"text": "x" * 100_000}], "csaf_version": version}
    assert [form.NAME for form in formats_of(write(tmp_path, content))] == ["csaf"]


@pytest.mark.parametrize(
    "content", ['{"document": {"title": "x"}}', '[{"document": {"csaf_version": "2.0"}}]', "document"]
)
def test_other_documents_are_not_taken_for_csaf(tmp_path: Path, content: str) -> None:
    assert "csaf" not in [form.NAME for form in formats_of(write(tmp_path, content))]


@pytest.mark.skipif(not REAL, reason="no real advisories here")
def test_real_advisories_counted_by_hand() -> None:
    """The same files taken apart with nothing but dictionaries: what was published, by whom, what is offered."""
    read_here: Counter[Any] = Counter()
    counted: Counter[Any] = Counter()
    for path in REAL:
        content = json.loads(path.read_text(encoding="utf-8"))
        vendors = {b["name"] for b in content["product_tree"]["branches"] if b["category"] == "vendor"}
        facts, reading = read(path)
        assert reading.read + reading.skipped == len(content["vulnerabilities"])
        for v in content["vulnerabilities"]:
            if v["product_status"].keys() <= {"known_not_affected"}:
                counted["skipped"] += 1
                continue
            (maker,) = vendors
            released = v.get("release_date", content["document"]["tracking"]["initial_release_date"])
            severities = {s["cvss_v3"]["baseSeverity"].lower() for s in v.get("scores", [])}
            remedies = sorted({r["category"] for r in v["remediations"]})
            counted[v["cve"], maker, datetime.fromisoformat(released), *severities, *remedies] += 1
        read_here["skipped"] += reading.skipped
        for f in facts:
            severity = [f["severity"]] if "severity" in f else []
            read_here[f["id"], f["provider.name"], f["at"], *severity, *f["remedies"]] += 1
    assert read_here == counted
    assert (len(REAL), counted["skipped"], counted.total()) == (35, 2, 96)
