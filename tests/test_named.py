"""Parties by their names, stores by theirs, and what a profile says of either."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comity.engine.duckdb import Engine
from comity.enrich.named import plain_name
from comity.enrich.places import shipped
from comity.enriching import enriched
from comity.evidence import read_all
from comity.evidence.base import FactTables
from comity.profile import Profile, load_profile


def known(tmp_path: Path, facts: list[dict[str, Any]], profile: str = "") -> list[dict[str, Any]]:
    """What is known of each fact after enrichment, without what is null."""
    evidence = tmp_path / "facts.ndjson"
    evidence.write_text("".join(json.dumps(fact) + "\n" for fact in facts))
    told = Profile()
    if profile:
        (tmp_path / "comity.toml").write_text(profile)
        told = load_profile(tmp_path / "comity.toml")
    with Engine() as engine:
        tables = FactTables(engine)
        read_all([evidence], tables)
        (found,) = enriched(engine, tables, told, shipped(), {1: str(evidence)}, 2)
        names = [attribute.name for attribute in found.kind.attributes]
        listing = ", ".join(found.value(name) for name in names)
        rows = engine.rows(f"SELECT {listing} FROM ({found.relation}) f {found.joins()} ORDER BY f.position")
    return [{n: v for n, v in zip(names, row, strict=True) if v is not None} for row in rows]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Huawei Technologies Co., Ltd.", "huawei technologies"),
        ("The Example Company", "example"),
        ("Société Générale S.A.", "societe generale"),
        ("SAP SE", "sap"),
        ("AB", "ab"),
        ("  Petróleo   Brasileiro S.A. ", "petroleo brasileiro"),
        ("小米科技有限责任公司", "小米科技有限责任公司"),
    ],
)
def test_names_are_compared_without_their_legal_forms(written: str, plain: str) -> None:
    assert plain_name(written) == plain


def test_the_register_knows_a_supplier_however_its_legal_form_is_written(tmp_path: Path) -> None:
    facts = [{"kind": "component", "name": name, "supplier.name": supplier} for name, supplier in
             [("a", "Google Inc."), ("b", "GOOGLE LLC"), ("c", "Nobody in particular")]]  # fmt: skip
    first, second, third = known(tmp_path, facts)
    assert first["supplier.seat"] == second["supplier.seat"] == ["US"]
    assert first["supplier.name"] == second["supplier.name"] == "Google LLC"
    assert "supplier.seat" not in third


def test_what_a_record_says_goes_before_the_register_and_the_profile(tmp_path: Path) -> None:
    fact = {"kind": "component", "supplier.name": "Google LLC", "supplier.seat": ["IE"]}
    (found,) = known(tmp_path, [fact], '[[supplier]]\nmatch = ["Google"]\nseat = ["SG"]\ncontrolled_by = ["KR"]\n')
    assert (found["supplier.seat"], found["supplier.controlled_by"]) == (["IE"], ["KR"])


def test_a_profile_tells_of_suppliers_by_name_and_by_package_url(tmp_path: Path) -> None:
    profile = """
[[supplier]]
match = ["Kiwi Parts", "pkg:npm/kiwi-*"]
seat = ["NZ"]
alternatives = 2
"""
    facts = [
        {"kind": "component", "purl": "pkg:npm/kiwi-core@1.0.0"},
        {"kind": "component", "purl": "pkg:npm/other@1.0.0", "supplier.name": "Kiwi Parts Ltd"},
        {"kind": "component", "purl": "pkg:npm/other@1.0.0"},
        {"kind": "component", "purl": "pkg:npm/kiwi-core@1.0.0", "supplier.name": "Somebody else"},
    ]
    by_purl, by_name, neither, named_otherwise = known(tmp_path, facts, profile)
    assert (by_purl["supplier.seat"], by_purl["alternatives"]) == (["NZ"], 2)
    assert by_purl["supplier.name"] == "Kiwi Parts"
    assert (by_name["supplier.seat"], by_name["alternatives"]) == (["NZ"], 2)
    assert "supplier.seat" not in neither
    assert "supplier.seat" not in named_otherwise


def test_stores_get_what_the_profile_says_of_their_system(tmp_path: Path) -> None:
    profile = """
[party]
name = "Ibis"
seat = ["BR"]

[[system]]
name = "uploads"
stores = ["aws_s3_bucket.*"]
data = ["Health"]
subjects = ["BR", "PT"]
origin = ["PT"]
reason = "latency"
"""
    facts = [
        {
            "kind": "store",
            "name": "aws_s3_bucket.pictures",
            "place": "BR",
            "operator.name": "Amazon Web Services, Inc.",
        },
        {"kind": "store", "name": "google_sql_database.users", "place": "BR"},
    ]
    ours, other = known(tmp_path, facts, profile)
    assert (ours["personal"], ours["sensitive"], ours["subjects"]) == (True, True, ["BR", "PT"])
    assert (ours["reason"], ours["origin"]) == ("latency", ["PT"])
    assert ours["holder.name"] == other["holder.name"] == "Ibis"
    assert ours["holder.seat"] == ["BR"]
    assert "personal" not in other
    assert "reason" not in other


def test_a_complete_profile_says_none_where_it_says_nothing(tmp_path: Path) -> None:
    profile = (
        '[party]\nname = "Ibis"\ncomplete = true\n\n[[system]]\nname = "db"\nstores = ["db"]\nbasis = "Contract"\n'
    )
    facts = [{"kind": "store", "name": "db"}, {"kind": "store", "name": "other"}]
    ours, other = known(tmp_path, facts, profile)
    assert (ours["basis"], ours["reason"]) == ("Contract", "none")
    assert (other["basis"], other["reason"]) == ("none", "none")


def test_a_request_without_a_holder_was_made_to_the_party_judged(tmp_path: Path) -> None:
    facts = [{"kind": "request", "by": "IN"}, {"kind": "request", "by": "IN", "holder.name": "Another"}]
    ours, other = known(tmp_path, facts, '[party]\nname = "Ibis"\nseat = ["BR"]\n')
    assert ours["holder.seat"] == ["BR"]
    assert "holder.seat" not in other


def test_days_follow_from_the_times_of_an_advisory(tmp_path: Path) -> None:
    fact = {
        "kind": "advisory",
        "aware": "2024-01-01T12:00:00Z",
        "users_told": "2024-03-31T11:59:59Z",
        "published": "2024-03-31T12:00:00Z",
        "remedy_available": "2024-03-30T12:00:00Z",
    }
    (found,) = known(tmp_path, [fact])
    assert found["days_to_tell"] == 89
    assert found["days_to_remedy"] == -1
    (without,) = known(tmp_path, [{"kind": "advisory", "aware": "2024-01-01T12:00:00Z"}])
    assert "days_to_tell" not in without
