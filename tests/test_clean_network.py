"""The Clean Network's lists: networks by the holder of their number, parties by the register's names, on evidence."""

import json
import re

import duckdb
import pytest

from comity.checking import check
from comity.enrich import places
from comity.enrich.parties import register
from comity.law.packs import SHIPPED_SETS, load_law

LAW = load_law(["clean-network"])
NAMES = {str(known.values["name"]) for known in register()}

#: Holders whose names sound alike and are others.
OTHERS = re.compile(r"South China Telecommunications|Colocation at China Telecom|LinkChina Telecom")

HOLDERS = {
    "CLEAN_CARRIER_NETWORKS": r"china ?telecom|chinanet|china unicom|cncgroup|^unicom inner|china mobile|tietong",
    "CLEAN_VENDOR_NETWORKS": r"huawei|^zte ",
}


def members(name):
    return {row.member for row in LAW.sets[name].rows}


@pytest.mark.parametrize("name", HOLDERS)
def test_networks_are_those_whose_holder_is_named(name):
    table = duckdb.read_parquet(str(places.__file__).replace("places.py", "networks.parquet")).fetchall()
    held = {number for number, holder in table if re.search(HOLDERS[name], holder, re.I) and not OTHERS.match(holder)}
    assert members(name) == held


@pytest.mark.parametrize(
    ("name", "parties"),
    [
        ("CLEAN_VENDORS", "Huawei Technologies|ZTE Corp"),
        ("CLEAN_CARRIERS", r"China (Telecom|Unicom|Mobile)|Pacific Networks|ComNet"),
        ("CLEAN_CLOUDS", r"Alibaba|Baidu|Tencent|China Telecom Corp|China Mobile Comm"),
        ("CLEAN_CABLE_MAKERS", "HMN"),
    ],
)
def test_parties_are_listed_under_the_name_of_the_register(name, parties):
    known = {party for party in NAMES if re.match(parties, party)}
    assert known
    assert known <= members(name)


@pytest.mark.parametrize("path", sorted(SHIPPED_SETS.glob("clean-*.csv")), ids=lambda path: path.stem)
def test_lists_begin_with_the_line_that_names_them(path):
    days = {str(row.start) for row in LAW.sets[path.stem.upper().replace("-", "_")].rows}
    named_by_nobody = path.stem in ("clean-us", "clean-us-stores")
    assert days == {"None" if named_by_nobody else "2020-04-29" if "vendor" in path.stem else "2020-08-05"}


def test_evidence_is_judged_by_number_and_by_name(tmp_path):
    facts = [
        {"kind": "flow", "from": "US", "address": "202.96.209.5"},  # China Telecom, by the shipped table
        {"kind": "flow", "from": "US", "address": "84.128.0.1"},  # Deutsche Telekom
        {"kind": "flow", "from": "US", "to": "US", "network": 7922},  # Comcast
        {"kind": "component", "type": "hardware", "supplier.name": "ZTE"},
        {"kind": "component", "type": "hardware", "supplier.name": "Ericsson"},
        {"kind": "component", "type": "carrier", "supplier.name": "China Mobile"},
        {"kind": "component", "type": "cable", "supplier.name": "SubCom, LLC"},
        {"kind": "product", "name": "WeChat", "stores": ["Google Play"], "provider.seat": ["KY", "CN"]},
        {"kind": "store", "operator.name": "Baidu, Inc.", "data": ["Health"], "subjects": ["US"]},
    ]
    lines = [json.dumps({"at": "2024-05-06T10:00:00Z", **fact}) for fact in facts]
    (tmp_path / "facts.ndjson").write_text("\n".join(lines))
    rules = check([tmp_path], packs=["clean-network"]).rules
    told = {(r.rule.id, r.rule.about): (r.breach, r.unknown, r.kept) for r in rules if r.in_scope}
    assert told == {
        ("path", "flow"): (0, 3, 0),
        ("path", "component"): (1, 0, 1),
        ("carrier", "flow"): (1, 1, 1),
        ("carrier", "component"): (1, 0, 0),
        ("cable", "component"): (0, 0, 1),
        ("store", "product"): (1, 0, 0),
        ("cloud", "flow"): (0, 2, 1),  # the register says who controls Comcast
        ("cloud", "store"): (1, 0, 0),
    }
