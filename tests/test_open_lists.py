"""Categories that detectors found: what is there is known, what else may be there is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from judging import judge, law_of, write_pack

from comity.categories import AND_MORE
from comity.checking import check

RULES = """
## Article 1 — Health data stay
```rule
id: health
about: flow
when: flow.to != "DE"
duty: '!flow.data.exists(d, d == "Health")'
```
## Article 2 — Something is declared
```rule
id: some
about: flow
when: flow.to != "DE"
duty: size(flow.data) >= 1
```
## Article 3 — Little is sent
```rule
id: little
about: flow
when: flow.to != "DE"
duty: size(flow.data) <= 2
```
## Article 3a — Three things and no fourth
```rule
id: three
about: flow
when: flow.to != "DE"
duty: '!(size(flow.data) == 3)'
```
## Article 3b — Neither this nor that
```rule
id: foreign
about: flow
when: flow.to != "DE"
duty: '!("Foo" in flow.data) && !flow.data.exists(d, d.startsWith("Bar"))'
```
## Article 4 — People's data stay
```rule
id: personal
about: flow
when: flow.personal && flow.sensitive
```
"""


@pytest.mark.parametrize(
    ("data", "rule", "verdict"),
    [
        (["Health", AND_MORE], "health", "breach"),
        (["EmailAddress", AND_MORE], "health", "unknown"),
        (["EmailAddress"], "health", "kept"),
        ([AND_MORE], "health", "unknown"),
        (["EmailAddress", AND_MORE], "some", "kept"),
        ([AND_MORE], "some", "unknown"),
        ([], "some", "breach"),
        (["EmailAddress", AND_MORE], "little", "unknown"),
        (["EmailAddress", "Name", "Street", AND_MORE], "little", "breach"),
        (["EmailAddress", AND_MORE], "three", "unknown"),
        (["EmailAddress"], "three", "kept"),
        (["EmailAddress", AND_MORE], "foreign", "unknown"),
        (["EmailAddress"], "foreign", "kept"),
        (["Health", AND_MORE], "personal", "breach"),
        (["EmailAddress", AND_MORE], "personal", "unknown"),
        (["EmailAddress"], "personal", "out-of-scope"),
        ([AND_MORE], "personal", "unknown"),
    ],
)
def test_what_was_found_decides_and_what_may_be_there_as_well_stays_open(
    tmp_path: Path, data: list[str], rule: str, verdict: str
) -> None:
    (result,) = (
        r for r in judge(law_of(tmp_path, RULES), "flow", [{"to": "US", "data": data}]).rules if r.rule.id == rule
    )
    counts = {"kept": result.kept, "breach": result.breach, "unknown": result.unknown}
    assert counts | {"out-of-scope": result.out_of_scope} == {**dict.fromkeys(counts, 0), "out-of-scope": 0, verdict: 1}


def test_an_open_list_is_what_is_missing(tmp_path: Path) -> None:
    facts = [{"to": "US", "data": ["EmailAddress", AND_MORE]}]
    findings = judge(law_of(tmp_path, RULES), "flow", facts).findings
    assert {finding.rule: finding.missing for finding in findings if finding.rule == "health"} == {
        "health": ("flow.data",)
    }


PROFILE = """
[[recipient]]
match = ["tracker.example"]
name = "Tracker"
{data}
"""


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("", {"unknown": 1}),
        ('data = ["Name"]', {"kept": 1}),
        ('data = ["Health"]', {"breach": 1}),
        ("data = []", {"kept": 1}),
    ],
)
def test_what_the_profile_says_of_the_data_closes_the_list(tmp_path: Path, said: str, counts: dict[str, int]) -> None:
    pack = write_pack(tmp_path, RULES)
    (tmp_path / "comity.toml").write_text(PROFILE.format(data=said))
    fact = {"kind": "flow", "to": "US", "host": "tracker.example", "data": ["EmailAddress", AND_MORE]}
    (tmp_path / "facts.ndjson").write_text(json.dumps(fact) + "\n")
    judgement = check([tmp_path / "facts.ndjson"], packs=[str(pack)])
    (result,) = (result for result in judgement.rules if result.rule.id == "health")
    assert {name: n for name in ("kept", "breach", "unknown") if (n := getattr(result, name))} == counts


def test_a_list_that_the_profile_closed_holds_what_was_found_as_well(tmp_path: Path) -> None:
    pack = write_pack(tmp_path, RULES)
    (tmp_path / "comity.toml").write_text(PROFILE.format(data='data = ["Health"]'))
    fact = {"kind": "flow", "to": "US", "host": "tracker.example", "data": ["EmailAddress", AND_MORE]}
    (tmp_path / "facts.ndjson").write_text(json.dumps(fact) + "\n")
    findings = {finding.rule: finding for finding in check([tmp_path / "facts.ndjson"], packs=[str(pack)]).findings}
    assert findings["health"].situation["flow.data"] == ["EmailAddress", "Health"]
    assert "personal" in findings
