"""OpenVEX: the last word of a document on a product and a vulnerability, and when it was first told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from reading import SHARED, formats_of, read

from comity.errors import EvidenceError
from comity.evidence import openvex
from comity.evidence.base import Skip

REAL = sorted(p for p in SHARED.glob("csaf/trivy*.json") if "openvex.dev/ns" in p.read_text(encoding="utf-8"))
PURL = "pkg:oci/lumen@1.0"


def statement(status: str = "affected", **more: Any) -> dict[str, Any]:
    return {"vulnerability": {"name": "CVE-2024-1"}, "products": [{"@id": PURL}], "status": status, **more}


def write(folder: Path, *statements: Any, **more: Any) -> Path:
    content = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": "Lumen",
        "timestamp": "2024-03-01T12:00:00.123456789+01:00",
        "statements": list(statements),
        **more,
    }
    path = folder / "vex.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def one(folder: Path, *statements: Any, **more: Any) -> dict[str, Any]:
    (fact,) = read(write(folder, *statements, **more))[0]
    return fact


def day(fact: dict[str, Any], name: str) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=fact[name])).date().isoformat()


def test_a_statement_is_an_advisory_on_each_of_its_products(tmp_path: Path) -> None:
    products = [{"@id": "urn:x", "identifiers": {"purl": PURL}}, {"identifiers": {"cpe23": "cpe:2.3:a:lumen"}}]
    told = statement(products=products, action_statement="update", supplier="Lumen")
    facts, reading = read(write(tmp_path, told))
    assert facts[0].pop("at") == facts[1]["at"] == datetime(2024, 3, 1, 11, 0, 0, 123456, UTC)
    assert facts[0].pop("published") == facts[0].pop("users_told")
    assert facts[0] == {
        "kind": "advisory",
        "file": 1,
        "position": 1,
        "product": PURL,
        "id": "CVE-2024-1",
        "provider.name": "Lumen",
        "remedies": ["mitigation"],
    }
    assert facts[1]["product"] == "cpe:2.3:a:lumen"
    assert [openvex.where(fact["position"]) for fact in facts] == [
        "/statements/0/products/0",
        "/statements/0/products/1",
    ]
    assert (reading.read, reading.skipped) == (1, 0)


def test_the_later_statement_counts_and_the_first_one_dates_it(tmp_path: Path) -> None:
    facts, reading = read(
        write(
            tmp_path,
            statement("fixed", timestamp="2024-02-20T00:00:00Z"),
            statement("under_investigation", timestamp="2024-02-01T00:00:00Z"),
            statement("affected", timestamp="2024-02-03T00:00:00Z", action_statement="switch it off"),
        )
    )
    (fact,) = facts
    assert (openvex.where(fact["position"]), day(fact, "published")) == ("/statements/0/products/0", "2024-02-01")
    assert fact["remedies"] == ["mitigation", "vendor_fix"]
    assert reading.skips == [
        Skip(f"/statements/{number}", "a later statement on the same product counts") for number in (1, 2)
    ]


def test_what_is_withdrawn_is_no_advisory(tmp_path: Path) -> None:
    told = statement(timestamp="2024-02-01T00:00:00Z"), statement("not_affected")
    facts, reading = read(write(tmp_path, *told))
    assert (facts, reading.read, reading.skipped) == ([], 0, 2)
    assert reading.skips[1] == Skip("/statements/1", "not affected: no advisory")


def test_only_a_supplier_who_writes_it_tells_its_users(tmp_path: Path) -> None:
    assert "users_told" in one(tmp_path, statement(supplier="Lumen"))
    assert "users_told" not in one(tmp_path, statement(supplier="Marina"))
    assert "users_told" not in one(tmp_path, statement())
    assert "users_told" not in one(tmp_path, statement(), author=None)


@pytest.mark.parametrize("action", [None, "", "No action statement provided"])
def test_no_action_is_no_remedy(tmp_path: Path, action: str | None) -> None:
    assert "remedies" not in one(tmp_path, statement(action_statement=action))


def test_the_first_version_wrote_strings(tmp_path: Path) -> None:
    told = {"vulnerability": "CVE-2024-1", "products": [PURL], "status": "fixed"}
    fact = one(tmp_path, told, **{"@context": "https://openvex.dev/ns"})
    assert (fact["id"], fact["product"], fact["remedies"]) == ("CVE-2024-1", PURL, ["vendor_fix"])
    assert one(tmp_path, statement(vulnerability={"@id": "CVE-2024-9"}))["id"] == "CVE-2024-9"


@pytest.mark.parametrize("products", [None, [], "x", {}])
def test_a_statement_without_products_is_about_no_known_one(tmp_path: Path, products: Any) -> None:
    fact = one(tmp_path, statement(products=products))
    assert "product" not in fact
    assert openvex.where(fact["position"]) == "/statements/0"


def test_a_time_that_makes_no_sense_is_not_known(tmp_path: Path) -> None:
    facts, reading = read(write(tmp_path, statement(timestamp="yesterday"), timestamp="0001-01-01T00:00:00Z"))
    assert not facts[0].keys() & {"at", "published"}
    assert reading.notes == [
        "1 × `timestamp` is no time with an offset from UTC: not known, first at /statements/0/timestamp"
    ]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (7, "not an object"),
        (statement("exploited"), "`status` is none of not_affected, affected, fixed, under_investigation"),
        (statement([]), "`status` is none of not_affected, affected, fixed, under_investigation"),
        (statement(vulnerability={"aliases": ["x"]}), "names no vulnerability"),
        (statement(products=["x"] * 65_536), "names 65,536 products or more"),
    ],
)
def test_a_broken_statement_harms_no_other(tmp_path: Path, broken: Any, why: str) -> None:
    facts, reading = read(write(tmp_path, broken, statement()))
    assert [fact["product"] for fact in facts] == [PURL]
    assert (reading.read, reading.skips) == (1, [Skip("/statements/0", why)])


def test_a_document_without_statements_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="without a list of `statements`"):
        read(write(tmp_path, statements={}))


@pytest.mark.parametrize(
    ("context", "ours"),
    [
        ("https://openvex.dev/ns/v0.2.0", True),
        (["https://example.org", "https://openvex.dev/ns"], True),
        ("https://spdx.org/rdf/3.0.1/spdx-context.jsonld", False),
        (None, False),
    ],
)
def test_the_context_makes_it_openvex(tmp_path: Path, context: Any, ours: bool) -> None:
    path = write(tmp_path, statement(), **{"@context": context})
    assert ("openvex" in [form.NAME for form in formats_of(path)]) is ours


@pytest.mark.skipif(not REAL, reason="no real documents here")
def test_real_documents_counted_by_hand() -> None:
    statuses = []
    for path in REAL:
        written = json.loads(path.read_text(encoding="utf-8"))["statements"]
        statuses += [each["status"] for each in written]
        facts, reading = read(path)
        assert (facts, reading.skipped) == ([], len(written))
    assert (len(REAL), statuses.count("not_affected"), statuses.count("affected")) == (6, 12, 1)
