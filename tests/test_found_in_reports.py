"""What was found in content, from the evidence into the verdict and the reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from judging import write_pack

from comity.categories import SENSITIVE_DATA
from comity.checking import Judgement, check
from comity.report.json import as_document
from comity.report.text import render

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "docs" / "reference" / "report.schema.json").read_text(encoding="utf-8"))
MAIL = "mai.tran@lumen.example"

#: A law that knows telephone numbers and health data, and nothing of e-mail addresses.
LAW = """
## Article 1 — Health data stay
```category
name: HEALTH
title: health data
data: [MedicalHealth]
cites: Article 1
```
```rule
id: health
about: flow
when: flow.to != "DE" && flow.data.exists(d, d in HEALTH)
```
## Article 2 — Nobody's data go
```rule
id: personal
about: flow
when: flow.to != "DE" && flow.personal
```
"""

PROFILE = """
[[recipient]]
match = ["clinic.example"]
place = "BR"
"""


def request(url: str) -> dict[str, Any]:
    return {
        "startedDateTime": "2024-05-01T14:00:00Z",
        "request": {"method": "GET", "url": url, "headers": []},
        "response": {"status": 200},
        "connection": "1",
    }


@pytest.fixture
def judged(tmp_path: Path) -> Any:
    def judge(url: str) -> Judgement:
        (tmp_path / "comity.toml").write_text(PROFILE)
        log = {"log": {"version": "1.2", "creator": {}, "entries": [request(url)]}}
        (tmp_path / "app.har").write_text(json.dumps(log))
        return check([tmp_path / "app.har"], packs=[str(write_pack(tmp_path, LAW))])

    return judge


def verdicts(judgement: Judgement) -> dict[str, str]:
    told = {"kept": "kept", "breach": "breach", "unknown": "unknown", "out_of_scope": "out of scope"}
    return {r.rule.id: next(word for name, word in told.items() if getattr(r, name)) for r in judgement.rules}


def test_the_categories_that_a_law_knows_decide(judged: Any) -> None:
    assert verdicts(judged("https://clinic.example/?icd10=J45.0")) == {"health": "breach", "personal": "breach"}
    assert verdicts(judged(f"https://clinic.example/?email={MAIL}")) == {"health": "unknown", "personal": "breach"}
    assert verdicts(judged("https://clinic.example/logo.png")) == {"health": "unknown", "personal": "unknown"}


def test_reports_show_what_was_found_masked_with_its_detector(judged: Any) -> None:
    judgement = judged(f"https://clinic.example/?email={MAIL}&icd10=J45.0")
    document = as_document(judgement)
    jsonschema.validate(document, SCHEMA)
    (sample,) = next(finding for finding in document["findings"] if finding["rule"] == "health")["evidence"]
    assert {found["category"] for found in sample["found"]} == {"EmailAddress", "HealthRecord"}
    assert {found["field"] for found in sample["found"]} == {"email", "icd10"}
    text = render(judgement)
    assert "EmailAddress in `email`, query: m********e" in " ".join(text.split())
    assert MAIL not in json.dumps(document) + text


def test_an_open_list_reads_as_what_it_is(judged: Any) -> None:
    findings = judged(f"https://clinic.example/?email={MAIL}").findings
    (unknown,) = (finding for finding in findings if finding.verdict == "unknown")
    assert unknown.situation["flow.data"] == ["EmailAddress", "…"]
    assert unknown.missing == ("flow.data",)


def test_sensitive_data_is_told_first_and_then_the_surest(judged: Any) -> None:
    judgement = judged(f"https://clinic.example/?session={'a1' * 9}&email={MAIL}&card=4539578763621486&icd10=J45.0")
    (finding,) = (finding for finding in judgement.findings if finding.rule == "health")
    (sample,) = finding.evidence
    found = [(detection.category in SENSITIVE_DATA, detection.confidence) for detection in sample.found]
    assert found == sorted(found, reverse=True)
    assert sample.found[0].category == "HealthRecord"
    assert len({confidence for _, confidence in found}) > 1
    told = render(judgement)
    assert told.index("found       HealthRecord") < told.index("EmailAddress in")
