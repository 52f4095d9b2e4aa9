"""`comity explain`: one finding in full, found by its id or the beginning of it."""

import json
import re
from pathlib import Path

import pytest
from running import facts, pack

from comity.checking import check
from comity.judge.judgement import finding_id
from comity.report.telling import tell

#: A law of which one exception is open to the party, one is not, and one hangs on what is not known.
EXCEPTIONS = """duty: '"shown" in flow.safeguards'
```

```rule
id: friends
excepts: art-1
title: Friends
cites: A law made for tests, Article 2
when: flow.to == "FR"
```

```rule
id: consent
excepts: art-1
title: Consent
cites: A law made for tests, Article 3
when: '"explicit-consent" in flow.safeguards'
```

```rule
id: grounds
excepts: art-1
title: Grounds
cites: A law made for tests, Article 4
when: flow.purpose == "journalism" && flow.to == "CH"
"""


@pytest.fixture
def law(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return pack(tmp_path, more=EXCEPTIONS)


def told(path, law):
    judgement = check([path], packs=[str(law)])
    return [tell(judgement, finding) for finding in judgement.findings]


def test_a_finding_is_told_as_plain_data(law):
    [one] = told(facts(Path("f.ndjson"), {"host": "a.example", "safeguards": []}), law)

    assert (one.word, one.state, one.heading) == ("breach of law", None, "Article 1 — Personal data stays")
    assert [(c.attribute, c.value) for c in one.circumstances if c.decided] == [("flow.safeguards", [])]
    assert one.circumstances[0].attribute == "flow.safeguards"
    assert [(way.rule, way.open, way.effect) for way in one.ways] == [
        ("consent", True, "permits"), ("friends", False, "permits"), ("grounds", False, "permits"),
    ]  # fmt: skip
    assert one.ways[0].needs == '"explicit-consent" in flow.safeguards'
    assert one.wanted == ()


def test_what_would_settle_an_unknown_is_told(law):
    [one] = told(facts(Path("f.ndjson"), {"host": "a.example", "to": "CH"}), law)

    assert one.word == "not known"
    assert {wanted.attribute: wanted.hint for wanted in one.wanted}["flow.safeguards"].startswith("`safeguards` of the")
    assert {wanted.attribute for way in one.ways for wanted in way.missing} == {"flow.safeguards", "flow.purpose"}


def test_everything_is_explained(law, comity):
    path = facts(Path("f.ndjson"), {"host": "a.example", "safeguards": []})
    report = comity("check", path, "--pack", law).out
    id = re.search(r"\(made art-1\)  ([0-9a-f]{8})$", report, re.MULTILINE)[1]
    run = comity("explain", id, path, "--pack", law)

    assert (run.code, run.err) == (0, "")
    for said in (
        f"breach of law  A law made for tests, Article 1  {id}",
        "DE → US, a.example: 1 flow",
        "  decided by  safeguards agreed (flow.safeguards): none",
        "  article  Article 1 — Personal data stays",
        "  source   https://example.org/made",
        "  record  f.ndjson line 1, 2026-03-02 10:00:00 UTC, to a.example",
        '  the duty  "shown" in flow.safeguards',
        "  consent   Consent (A law made for tests, Article 3; makes it lawful; open to the party)",
        "  friends   Friends (A law made for tests, Article 2; makes it lawful; not for the party to choose)",
        "3 exceptions, 1 of them open to the party",
    ):
        assert said in run.out, said


def test_what_was_found_is_shown_masked(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "name,email\n" + "".join(f"Ann{n},ann{n}@mail.example.org\n" for n in range(40))
    Path("people.csv").write_text(rows)
    law = pack(tmp_path)
    law.write_text(law.read_text().replace("about: flow", "about: store").replace(
        "flow.personal && flow.from != flow.to", "store.personal && store.basis == 'consent'"
    ))  # fmt: skip
    [finding] = check(["people.csv"], packs=[str(law)]).findings
    run = comity("explain", finding.id, "people.csv", "--pack", law)

    assert "EmailAddress in `email`" in run.out
    assert "store.basis" in run.out.partition("What is not known, and what would settle it")[2]
    assert "ann7@mail" not in run.out


def test_json_is_the_finding_as_in_the_report(law, comity):
    path = facts(Path("f.ndjson"), {"host": "a.example", "safeguards": []})
    report = json.loads(comity("check", path, "--pack", law, "--format", "json").out)
    [finding] = report["findings"]
    run = comity("explain", finding["id"].upper(), path, "--pack", law, "--format", "json")

    assert json.loads(run.out) == {"comity": report["comity"], "findings": [finding]}


def _alike() -> list[dict]:
    """Two flows whose findings have ids that begin with the same four digits."""
    seen = {}
    for number in range(10_000):
        facets = {"from": "DE", "to": "US", "recipient": f"{number}.example"}
        start = finding_id("made", "art-1", "flow", "breach", facets)[:4]
        if start in seen:
            return [{"host": seen[start]}, {"host": facets["recipient"]}]
        seen[start] = facets["recipient"]
    raise AssertionError


def test_an_ambiguous_id_is_told_with_its_candidates(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    law, path = pack(tmp_path), facts(Path("f.ndjson"), *_alike(), {"host": "other.example"})
    ids = {one.finding.facets["recipient"]: one.finding.id for one in told(path, law)}
    first, second = (ids[change["host"]] for change in _alike())
    run = comity("explain", first[:4], path, "--pack", law)

    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"error[explain]: 2 findings begin with `{first[:4]}`\nhelp: give more digits: ")
    assert all(f"{id[:8]} (made art-1, DE → US, " in run.err for id in (first, second))


def test_an_unknown_id_is_told_with_the_nearest(law, comity):
    path = facts(Path("f.ndjson"), {"host": "a.example", "safeguards": []})
    [one] = told(path, law)
    id = one.finding.id
    near = id[:6] + ("0" if id[6] != "0" else "1") + id[7]

    assert comity("explain", near, path, "--pack", law).err == (
        f"error[explain]: no finding begins with `{near}`\nhelp: did you mean `{id[:8]}`?\n"
    )


@pytest.mark.parametrize("id", ["abc", "xyz1", "", "a" * 65, "\x1b[31m"])
def test_what_is_no_id(id, law, comity):
    run = comity("explain", id, facts(Path("f.ndjson")), "--pack", law)

    assert (run.code, run.out) == (2, "")
    assert "is not the start of an id, such as fddb8387" in run.err


def test_evidence_that_cannot_be_read_is_told(law, comity):
    run = comity("explain", "abcd", "missing.har", "--pack", law)

    assert (run.code, run.out) == (2, "")
    assert "`missing.har` does not exist" in run.err


def test_rules_are_told_in_full(law, comity):
    long = " || ".join(f'flow.to == "{a}{b}"' for a in "AB" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    law.write_text(law.read_text().replace('flow.to == "FR"', f'({long}) && "x" in flow.safeguards'))
    path = facts(Path("f.ndjson"), {"host": "a.example", "safeguards": []})
    run = comity("explain", told(path, law)[0].finding.id, path, "--pack", law)

    assert 'flow.to == "BZ"' in " ".join(run.out.split())


def test_an_article_that_replaced_another_keeps_the_id_and_both_are_told(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    law = pack(tmp_path, more="until: 2026-01-01")
    old = law.read_text().rpartition("## ")[2]
    law.write_text(law.read_text() + "\n## " + old.replace("Article 1", "Article 9").replace("until", "from"))
    days = ({"host": "a.example", "at": f"{year}-06-01T00:00:00Z"} for year in (2025, 2026))
    path = facts(Path("f.ndjson"), *days)
    one, two = told(path, law)
    run = comity("explain", one.finding.id, path, "--pack", law)

    assert one.finding.id == two.finding.id
    assert {one.heading, two.heading} == {"Article 1 — Personal data stays", "Article 9 — Personal data stays"}
    assert (run.code, run.out.count("\nThe article\n")) == (0, 2)


def test_two_findings_of_one_id_are_one_document(comity, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    common = {"from": "MY", "to": "AU", "host": "a.example", "sender.role": "controller", "safeguards": []}
    days = ({**common, "at": f"{year}-06-03T09:00:00Z"} for year in (2019, 2025))
    path = facts(Path("f.ndjson"), *days)
    listed = json.loads(comity("check", path, "--pack", "my-pdpa", "--format", "json").out)["findings"]
    alike = [finding for finding in listed if finding["rule"] == "s129"]
    run = comity("explain", alike[0]["id"][:8], path, "--pack", "my-pdpa", "--format", "json")

    assert len(alike) == 2
    assert len({finding["id"] for finding in alike}) == 1
    assert json.loads(run.out)["findings"] == alike
