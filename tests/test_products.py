"""One product, one fact: what scanners, bills of materials, captures and the profile say of it together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from comity import check
from comity.enrich.products import undeclared
from comity.profile import Product
from comity.vocabulary import CAPABILITIES

PACK = """---
id: made
title: A made pack
issuer: QA
force: commitment
bearer: provider
from: 2020-01-01
sources: [https://example.org/]
---

# Made

```rule
id: declared
about: product
title: No capability that is not declared
when: product.name != ""
duty: product.capabilities.all(found, found in product.declared_capabilities)
```

```rule
id: endpoints
about: product
title: No endpoint that is not declared
when: product.name != ""
duty: size(product.undeclared_endpoints) == 0
```

```rule
id: excluded
about: component
title: An exclusion rests on evidence
when: component.excluded
duty: size(component.evidence) > 0
```
"""


def judged(tmp_path: Path, facts: list[dict[str, Any]], profile: str) -> dict[str, Any]:
    (tmp_path / "made.md").write_text(PACK)
    (tmp_path / "comity.toml").write_text(profile)
    (tmp_path / "facts.ndjson").write_text("".join(json.dumps(fact) + "\n" for fact in facts))
    judgement = check([tmp_path / "facts.ndjson"], packs=[str(tmp_path / "made.md")])
    return {
        "judgement": judgement,
        **{r.rule.id: (r.breach, r.unknown, r.kept) for r in judgement.rules},
        **{f"{f.rule} findings": f for f in judgement.findings},
    }


CAMERA = """[[product]]
name = "Camera"
declared_endpoints = ["*.camera.example"]
declared_capabilities = ["remote-control"]
"""


def test_a_scan_and_a_bill_of_materials_of_one_product_are_one_fact(tmp_path: Path) -> None:
    facts = [
        {"kind": "product", "name": "Camera", "version": "2.1", "provider.name": "Lens"},
        {"kind": "product", "name": "Camera", "capabilities": ["remote-control"]},
        {"kind": "product", "name": "Camera", "capabilities": ["key-logging"]},
    ]
    found = judged(tmp_path, facts, CAMERA)
    assert found["declared"] == (1, 0, 0)
    finding = found["declared findings"]
    assert finding.situation["product.capabilities"] == ["key-logging", "remote-control"]
    assert finding.facets["product"] == "Camera"
    assert finding.evidence[0].where == "line 2"


def test_versions_are_products_of_their_own(tmp_path: Path) -> None:
    facts = [
        {"kind": "product", "name": "Camera", "version": version, "capabilities": found}
        for version, found in (("1", ["key-logging"]), ("2", ["remote-control"]))
    ]
    assert judged(tmp_path, facts, CAMERA)["declared"] == (1, 0, 1)


def test_products_without_a_name_are_not_taken_for_one_another(tmp_path: Path) -> None:
    facts = [{"kind": "product", "capabilities": ["key-logging"]}, {"kind": "product", "version": "3"}]
    judgement = judged(tmp_path, facts, "")["judgement"]
    assert [kind.facts for kind in judgement.kinds if kind.kind == "product"] == [2]


def test_a_file_without_a_name_is_about_the_product_whose_capture_it_is(tmp_path: Path) -> None:
    profile = CAMERA + 'captures = ["facts.ndjson"]\n'
    found = judged(tmp_path, [{"kind": "product", "capabilities": ["key-logging"]}], profile)
    assert found["declared"] == (1, 0, 0)
    assert found["declared findings"].facets["product"] == "Camera"


def test_a_product_that_only_the_profile_names_is_judged_too(tmp_path: Path) -> None:
    flows = [
        {"kind": "flow", "product": "Camera", "host": "api.camera.example"},
        {"kind": "flow", "product": "Camera", "host": "stats.elsewhere.example"},
        {"kind": "flow", "product": "Camera", "host": "refused.elsewhere.example", "blocked": True},
        {"kind": "flow", "product": "Another", "host": "not.ours.example"},
    ]
    profile = '[[system]]\nname = "lab"\nproduct = "Camera"\n\n' + CAMERA
    found = judged(tmp_path, flows, profile)
    assert found["endpoints"] == (1, 0, 0)
    finding = found["endpoints findings"]
    assert finding.situation["product.undeclared_endpoints"] == ["stats.elsewhere.example"]
    assert (Path(finding.evidence[0].file).name, finding.evidence[0].where) == ("comity.toml", "line 5")
    assert found["declared"] == (0, 1, 0)


def test_a_product_that_was_not_watched_is_not_cleared(tmp_path: Path) -> None:
    assert judged(tmp_path, [{"kind": "flow", "to": "FR"}], CAMERA)["endpoints"] == (0, 1, 0)


def test_declared_endpoints_cover_what_lies_below_them() -> None:
    product = Product(name="Camera", declared_endpoints=("*.camera.example", "time.example"))
    assert undeclared(product, ["camera.example", "a.b.camera.example", "time.example"]) == []
    assert undeclared(product, ["notcamera.example", "b.time.example"]) == ["b.time.example", "notcamera.example"]
    assert undeclared(product, []) is None
    assert undeclared(Product(name="Camera"), ["time.example"]) is None


def test_a_policy_that_excludes_a_supplier_is_a_fact_of_the_profile(tmp_path: Path) -> None:
    profile = """
[[supplier]]
match = ["Left Wires"]
excluded = true
evidence = []
grounds = ["origin"]

[[supplier]]
match = ["Right Wires"]
excluded = true
evidence = ["test report 12 of 2025: telnet account that can't be closed"]

[[supplier]]
match = ["Plain Wires"]
"""
    found = judged(tmp_path, [{"kind": "component", "name": "plug", "supplier.name": "Plain Wires"}], profile)
    assert found["excluded"] == (1, 0, 1)
    finding = found["excluded findings"]
    assert finding.facets["recipient"] == "Left Wires"
    assert finding.evidence[0].where == "line 2"


def searched(tmp_path: Path, *scans: dict[str, Any]) -> dict[str, Any]:
    """What is known of a product after some scans of it."""
    pack = PACK.replace("found in product.declared_capabilities)", "false) && product.searched")
    (tmp_path / "made.md").write_text(pack)
    (tmp_path / "facts.ndjson").write_text(
        "".join(json.dumps({"kind": "product", "name": "Camera", **scan}) + "\n" for scan in scans)
    )
    judgement = check([tmp_path / "facts.ndjson"], packs=[str(tmp_path / "made.md")])
    return {r.rule.id: (r.breach, r.unknown, r.kept) for r in judgement.rules}


def test_a_scanner_that_looks_for_one_thing_clears_nothing_else(tmp_path: Path) -> None:
    codes = sorted(CAPABILITIES)
    clean = searched(tmp_path, {"sought": codes[:4]}, {"sought": codes[4:]})
    assert clean["declared"] == (0, 0, 1)
    partly = searched(tmp_path, {"sought": codes[:4], "capabilities": []})
    assert partly["declared"] == (0, 1, 0)
    found = searched(tmp_path, {"sought": codes[:4]}, {"sought": codes[4:6], "capabilities": codes[4:5]})
    assert found["declared"] == (1, 0, 0)
    told_whole = searched(tmp_path, {"capabilities": []})
    assert told_whole["declared"] == (0, 0, 1)
