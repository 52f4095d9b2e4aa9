"""CycloneDX: a product, what it is made of, and what is known of its vulnerabilities."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import SHARED, formats_of, read

from comity.errors import EvidenceError
from comity.evidence import _sbom_source, cyclonedx
from comity.evidence.base import Skip

SHA = "c876f2e85d0f108a34cdd11ccc9d8d7875697367efc75bf10a89c2c26aee994c"
METADATA = {"timestamp": "2024-05-01T14:00:00+02:00", "component": {"type": "application", "name": "lumen"}}
LIBRARY = {"type": "library", "name": "lib"}
NAMESPACE = "http://cyclonedx.org/schema/bom/1.6"


def bom(**parts: Any) -> str:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": METADATA, **parts})


def xml(inside: str, before: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}<bom xmlns="{NAMESPACE}" version="1">{inside}</bom>'


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "no-ending"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def component(folder: Path, found: dict[str, Any], **parts: Any) -> dict[str, Any]:
    facts, _ = read(written(folder, bom(components=[{**LIBRARY, **found}], **parts)))
    return next(fact for fact in facts if fact["kind"] == "component")


def advisory(folder: Path, **vulnerability: Any) -> dict[str, Any]:
    facts, _ = read(written(folder, bom(vulnerabilities=[{"id": "CVE-2024-1", **vulnerability}])))
    return next(fact for fact in facts if fact["kind"] == "advisory")


def test_a_component_of_a_product(tmp_path: Path) -> None:
    found = {
        **LIBRARY,
        "group": "org.example",
        "version": "1.10",
        "purl": "pkg:maven/org.example/lib@1.10",
        "supplier": {"name": "Example GmbH"},
        "hashes": [{"alg": "SHA-256", "content": SHA.upper()}, {"alg": "sha1", "content": "00" * 20}],
        "licenses": [{"license": {"id": "apache-2.0"}}, {"expression": "MIT OR ISC"}, {"license": {"name": "Ours"}}],
    }
    subject = {**METADATA, "supplier": {"name": "Lumen JSC"}}
    facts, reading = read(written(tmp_path, bom(metadata=subject, components=[found])))
    assert [fact.pop("at").isoformat() for fact in facts] == ["2024-05-01T12:00:00+00:00"] * 2
    product, part = facts
    assert product == {"kind": "product", "file": 1, "position": 0, "name": "lumen", "provider.name": "Lumen JSC"}
    assert cyclonedx.where(part.pop("position")) == "component 1"
    assert part == {
        "kind": "component",
        "file": 1,
        "product": "lumen",
        "purl": "pkg:maven/org.example/lib@1.10",
        "name": "lib",
        "version": "1.10",
        "supplier.name": "Example GmbH",
        "type": "software",
        "hashes": ["SHA-1:" + "00" * 20, f"SHA-256:{SHA}"],
        "licences": ["Apache-2.0", "MIT OR ISC", "Ours"],
        "verified": True,
    }
    assert (reading.read, reading.skipped, reading.notes) == (2, 0, [])


def test_the_same_in_xml(tmp_path: Path) -> None:
    inside = f"""<metadata><timestamp>2024-05-01T14:00:00+02:00</timestamp>
        <component type="application"><name>lumen</name><components><component type="firmware"><name>inner</name>
        </component></components></component><supplier><name>Lumen JSC</name></supplier></metadata>
        <components><component type="library" bom-ref="a"><supplier><name>Example GmbH</name></supplier>
        <name><![CDATA[lib]]></name><version>1.10</version>
        <hashes><hash alg="SHA-256">{SHA}</hash></hashes>
        <licenses><license><id>MIT</id></license><license><name>Ours</name></license></licenses>
        <purl>pkg:npm/lib@1.10</purl><components><component type="device"><name>chip</name></component></components>
        </component></components><services><service><provider><name>Cloud AG</name></provider><name>api</name></service>
        </services><x:other xmlns:x="urn:x"><x:name>passed over</x:name></x:other>
        <vulnerabilities><vulnerability><id>CVE-2024-1</id><ratings><rating><score>9.8</score><severity>high</severity>
        </rating><rating><score>9.9</score><method>CVSSv31</method></rating></ratings>
        <published>2024-04-01T00:00:00Z</published><analysis><state>exploitable</state><responses><response>update
        </response></responses></analysis><affects><target><ref>a</ref><versions><version><version>1.10</version>
        <status>affected</status></version></versions></target></affects></vulnerability></vulnerabilities>"""
    facts, reading = read(written(tmp_path, xml(inside)))
    names = [(fact["kind"], fact.get("name"), fact.get("type")) for fact in facts]
    assert names == [
        ("product", "lumen", None),
        ("component", "inner", "software"),
        ("component", "lib", "software"),
        ("component", "chip", "hardware"),
        ("component", "api", "cloud"),
        ("advisory", None, None),
    ]
    lib, told = facts[2], facts[5]
    assert (lib["purl"], lib["licences"], lib["hashes"]) == ("pkg:npm/lib@1.10", ["MIT", "Ours"], [f"SHA-256:{SHA}"])
    assert (lib["supplier.name"], lib["vulnerabilities"], lib["worst_severity"]) == ("Example GmbH", 1, "critical")
    assert (facts[4]["supplier.name"], facts[4]["vulnerabilities"]) == ("Cloud AG", 0)
    assert (told["severity"], told["remedies"], told["provider.name"]) == ("critical", ["vendor_fix"], "Lumen JSC")
    assert (reading.read, reading.skipped) == (6, 0)


@pytest.mark.parametrize(
    ("found", "supplier"),
    [
        ({"supplier": {"name": "From"}, "manufacturer": {"name": "Maker"}}, "From"),
        ({"supplier": {"url": ["https://x.example"]}, "manufacturer": {"name": "Maker"}}, "Maker"),
        ({"publisher": "Some One", "author": "Some One", "group": "org.example"}, None),
        ({"purl": "pkg:github/example/lib@1"}, None),
        ({"supplier": {"name": "Some One <some.one@mail.example>"}}, None),
        ({"supplier": "Acme"}, None),
        ({"supplier": {"name": ["Acme"]}}, None),
        ({"supplier": {"name": " NOASSERTION "}}, None),
    ],
)
def test_the_supplier_is_who_is_named_as_such(tmp_path: Path, found: dict[str, Any], supplier: str | None) -> None:
    assert component(tmp_path, found).get("supplier.name") == supplier


def test_no_personal_value_gets_through(tmp_path: Path) -> None:
    found = {
        **LIBRARY,
        "author": "Mai Tran",
        "supplier": {"name": "Mai <mai@lumen.example>", "contact": [{"name": "Mai"}]},
    }
    facts, reading = read(written(tmp_path, bom(components=[found])))
    assert "Mai" not in f"{facts}{reading}"
    assert reading.notes == ["1 × supplier given as a contact with an e-mail address: may be a person, not taken"]


@pytest.mark.parametrize(
    ("metadata", "provider"),
    [
        ({"supplier": {"name": "From"}, "manufacture": {"name": "Maker"}}, "From"),
        ({"manufacture": {"name": "Maker"}}, "Maker"),
        ({"manufacturer": {"name": "Maker of the document"}}, None),
        (
            {"component": {"name": "lumen", "supplier": {"name": "Of the component"}}, "supplier": {"name": "B"}},
            "Of the component",
        ),
    ],
)
def test_who_provides_the_product(tmp_path: Path, metadata: dict[str, Any], provider: str | None) -> None:
    facts, _ = read(written(tmp_path, bom(metadata={**METADATA, **metadata})))
    assert facts[0].get("provider.name") == provider


@pytest.mark.parametrize(
    ("found", "verified"),
    [
        ({}, False),
        ({"hashes": []}, False),
        ({"hashes": [{"alg": "SHA-256", "content": "unknown"}]}, False),
        ({"hashes": [{"alg": "SHA-512", "content": "ab" * 64}]}, True),
        ({"externalReferences": [{"type": "distribution", "hashes": [{"alg": "SHA-1", "content": "ab" * 20}]}]}, True),
        ({"externalReferences": [{"type": "website", "hashes": [{"alg": "SHA-1", "content": "ab" * 20}]}]}, False),
        ({"externalReferences": [{"type": "attestation", "url": "https://x.example/provenance"}]}, True),
        ({"externalReferences": [{"type": "digital-signature", "url": "https://x.example/lib.sig"}]}, True),
        ({"signature": {"algorithm": "ES256", "value": "c2ln"}}, True),
        ({"signature": {"signers": [{"algorithm": "ES256", "value": "c2ln"}]}}, True),
        ({"signature": {}}, False),
        ({"type": "container", "purl": f"pkg:oci/etcd@sha256:{SHA}"}, True),
        ({"purl": f"pkg:generic/lib@1?checksum=sha256:{SHA}"}, True),
        ({"type": "operating-system"}, None),
        ({"type": "operating-system", "hashes": [{"alg": "SHA-256", "content": SHA}]}, True),
        ({"type": "device"}, None),
        ({"type": "cryptographic-asset"}, None),
    ],
)
def test_verified_needs_proof(tmp_path: Path, found: dict[str, Any], verified: bool | None) -> None:
    assert component(tmp_path, found).get("verified") == verified


def test_a_checksum_in_a_purl_is_one_of_the_component(tmp_path: Path) -> None:
    found = component(tmp_path, {"purl": f"pkg:oci/etcd@sha256:{SHA}?repository_url=registry.example/etcd"})
    assert found["hashes"] == [f"SHA-256:{SHA}"]
    facts, reading = read(written(tmp_path, bom(components=[{**LIBRARY, "purl": "lib@1"}])))
    assert "purl" not in facts[1]
    assert reading.notes == ["1 × purl that is no package URL: not taken"]


def vulnerability(ref: str, severity: str, **more: Any) -> dict[str, Any]:
    return {"id": "CVE", "ratings": [{"severity": severity}], "affects": [{"ref": ref}], **more}


def test_open_vulnerabilities_are_counted_where_they_are(tmp_path: Path) -> None:
    parts: dict[str, Any] = {
        "serialNumber": "urn:uuid:1-2",
        "vulnerabilities": [
            vulnerability("a", "medium"),
            vulnerability("urn:cdx:1-2/1#a", "critical", analysis={"state": "in_triage"}),
            vulnerability("urn:cdx:9-9/1#a", "critical"),
            vulnerability("a", "high", analysis={"state": "resolved"}),
            vulnerability("a", "high", analysis={"state": "false_positive"}),
            vulnerability("a", "high", affects=[{"ref": "a", "versions": [{"version": "2", "status": "unaffected"}]}]),
            vulnerability("c", "none"),
        ],
    }
    components = [{**LIBRARY, "bom-ref": ref} for ref in ("a", "b", "c", "a")]
    facts, _ = read(written(tmp_path, bom(components=components, **parts)))
    counts = [(f["vulnerabilities"], f.get("worst_severity")) for f in facts if f["kind"] == "component"]
    assert counts == [(2, "critical"), (0, None), (1, None), (2, "critical")]


@pytest.mark.parametrize("parts", [{}, {"vulnerabilities": []}])
def test_without_vulnerabilities_nobody_may_have_looked(tmp_path: Path, parts: dict[str, Any]) -> None:
    assert "vulnerabilities" not in component(tmp_path, {}, **parts)


@pytest.mark.parametrize(
    ("ratings", "severity"),
    [
        ([{"severity": "low"}, {"severity": "HIGH"}], "high"),
        ([{"severity": "none"}, {"severity": "info"}, {"severity": "unknown"}], None),
        ([{"score": 4.0, "method": "CVSSv4"}], "medium"),
        ([{"score": 0, "method": "CVSSv3"}], None),
        ([{"score": 9.8, "method": "CVSSv2"}], None),
        ([{"score": 9.8, "method": "CVSSv31", "severity": "none"}], None),
        ("high", None),
        (None, None),
    ],
)
def test_the_worst_rating_counts(tmp_path: Path, ratings: Any, severity: str | None) -> None:
    assert advisory(tmp_path, ratings=ratings).get("severity") == severity


@pytest.mark.parametrize(
    ("said", "remedies"),
    [
        (
            {"analysis": {"state": "exploitable", "response": ["will_not_fix", "update"]}},
            ["no_fix_planned", "vendor_fix"],
        ),
        ({"analysis": {"response": ["rollback", "can_not_fix", "pray"]}}, ["none_available", "workaround"]),
        ({"analysis": {"state": "resolved"}}, ["vendor_fix"]),
        ({"recommendation": "Upgrade", "workaround": "Turn it off"}, ["mitigation", "workaround"]),
        ({"analysis": {"state": "exploitable", "response": 5}}, None),
        ({}, None),
    ],
)
def test_what_remedies_are_offered(tmp_path: Path, said: dict[str, Any], remedies: list[str] | None) -> None:
    assert advisory(tmp_path, **said).get("remedies") == remedies


def test_an_advisory_is_of_the_day_it_was_published(tmp_path: Path) -> None:
    dates = {"created": "2024-01-01T00:00:00Z", "published": "2024-02-01T00:00:00Z", "updated": "2024-03-01T00:00:00Z"}
    fact = advisory(tmp_path, **dates)
    assert (fact["at"].month, "discovered" in fact, "remedy_available" in fact) == (2, False, False)
    assert advisory(tmp_path, analysis={"firstIssued": "2024-03-01T00:00:00Z"})["at"].month == 3
    assert advisory(tmp_path)["at"].month == 5
    facts, reading = read(written(tmp_path, bom(vulnerabilities=[{"published": "2024-02-01"}], metadata={})))
    assert "at" not in facts[0]
    assert reading.notes == ["1 × published is no time with an offset from UTC: not known"]


def test_what_the_product_does_not_have_is_no_advisory(tmp_path: Path) -> None:
    states = ["not_affected", "false_positive", "exploitable"]
    told = [{"id": state, "analysis": {"state": state}} for state in states] + [{"rejected": "2024-01-01T00:00:00Z"}]
    facts, reading = read(written(tmp_path, json.dumps({"bomFormat": "CycloneDX", "vulnerabilities": told})))
    assert [fact["id"] for fact in facts] == ["exploitable"]
    assert reading.skips == [
        Skip("vulnerability 1", "`not_affected`: the product does not have this vulnerability"),
        Skip("vulnerability 2", "`false_positive`: the product does not have this vulnerability"),
        Skip("vulnerability 4", "the record of the vulnerability was rejected"),
    ]


def test_what_can_not_be_read_is_skipped_with_its_place(tmp_path: Path) -> None:
    inner = {**LIBRARY, "components": [{"type": "library"}, LIBRARY]}
    facts, reading = read(written(tmp_path, bom(components=[inner, 7, {**LIBRARY, "name": 1.5}], services=["api"])))
    assert [cyclonedx.where(fact["position"]) for fact in facts[1:]] == ["component 1", "component 3"]
    assert [(skip.where, skip.why) for skip in reading.skips] == [
        ("component 2", "no name"),
        ("component 4", "not an object"),
        ("component 5", "no name"),
        ("service 1", "not an object"),
    ]


@pytest.mark.parametrize(
    "parts",
    [
        {"components": {}},
        {"components": None},
        {"metadata": []},
        {"metadata": {"component": "x"}},
        {"vulnerabilities": 3},
    ],
)
def test_other_types_than_expected_say_nothing(tmp_path: Path, parts: dict[str, Any]) -> None:
    facts, _ = read(written(tmp_path, bom(**parts)))
    assert all(fact["kind"] == "product" for fact in facts)


def test_metadata_and_vulnerabilities_may_come_last(tmp_path: Path) -> None:
    parts = {
        "components": [{**LIBRARY, "bom-ref": "a"}],
        "vulnerabilities": [vulnerability("a", "low")],
        "metadata": METADATA,
    }
    facts, _ = read(written(tmp_path, json.dumps({"bomFormat": "CycloneDX", **parts})))
    assert [fact.get("product") for fact in facts] == [None, "lumen", "lumen"]
    assert facts[1]["worst_severity"] == "low"


BOMB = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(1, 9))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE bom [<!ENTITY l1 "lol">{BOMB}]>',
        '<!DOCTYPE bom [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE bom SYSTEM "http://attacker.example/bom.dtd">',
    ],
)
def test_a_document_type_declaration_is_refused(tmp_path: Path, doctype: str) -> None:
    path = written(tmp_path, xml("<components><component><name>&l9;</name></component></components>", doctype))
    with pytest.raises(EvidenceError, match=r"has a document type declaration, .* it is refused"):
        read(path)


def test_an_entity_without_declaration_ends_the_document(tmp_path: Path) -> None:
    one = '<component type="library"><name>{}</name></component>'
    facts, reading = read(written(tmp_path, xml(f"<components>{one.format('a')}{one.format('&l9;')}</components>")))
    assert [fact["name"] for fact in facts] == ["a"]
    assert reading.skips == [Skip("component 2", "the file breaks off or is damaged here")]


def nested(depth: int) -> Iterator[str]:
    yield '{"bomFormat": "CycloneDX", "components": ['
    yield '{"name": "n", "components": [' * depth + "]}" * depth
    yield "]}"


@pytest.mark.parametrize("depth", [101, 10_000])
def test_what_is_nested_too_deeply_is_refused(tmp_path: Path, depth: int) -> None:
    place = "nested too deeply at component 101" if depth == 101 else "nested too deeply"
    with pytest.raises(EvidenceError, match=place):
        read(written(tmp_path, "".join(nested(depth))))
    opened, closed = "<components><component><name>n</name>", "</component></components>"
    with pytest.raises(EvidenceError, match=place):
        read(written(tmp_path, xml(opened * depth + closed * depth)))


@pytest.mark.parametrize("inside", ["[" * 2000 + "]" * 2000, '{"a":' * 2000 + "1" + "}" * 2000])
def test_what_is_passed_over_has_bounds_too(tmp_path: Path, inside: str) -> None:
    with pytest.raises(EvidenceError, match="nested too deeply"):
        read(written(tmp_path, f'{{"bomFormat": "CycloneDX", "components": [{{"properties": {inside}}}]}}'))
    with pytest.raises(EvidenceError, match="nested too deeply"):
        read(written(tmp_path, xml("<x>" * 2000 + "</x>" * 2000)))


def test_hundred_levels_are_read(tmp_path: Path) -> None:
    assert read(written(tmp_path, "".join(nested(100))))[1].read == 100


def test_a_value_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sbom_source, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(_sbom_source, "_LARGEST_BLOCK", 1 << 18)
    for text in (bom()[:-1] + ', "components": [{"name": "', xml(f"{'<components><component><name>'}")[:-6]):
        with pytest.raises(EvidenceError, match="a value goes on for more than 1 MB"):
            read(written(tmp_path, gzip.compress((text + "x" * (3 << 20)).encode())))


def test_a_record_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sbom_source, "MOST_VALUES", 1000)
    hashes = [{"alg": "MD5", "content": "00" * 16}] * 1000
    with pytest.raises(EvidenceError, match="has more than 1,000 values at component 1"):
        read(written(tmp_path, bom(components=[{**LIBRARY, "hashes": hashes}])))


def many(count: int) -> str:
    return bom(components=[{**LIBRARY, "name": f"lib{n}", "version": str(n)} for n in range(count)])


def test_more_than_one_batch_of_components(tmp_path: Path) -> None:
    facts, reading = read(written(tmp_path, gzip.compress(many(12_000).encode())))
    assert (reading.read, len(facts)) == (12_001, 12_001)
    assert [fact["version"] for fact in facts[1:]] == [str(n) for n in range(12_000)]


def test_a_truncated_file_gives_what_stands_before_the_break(tmp_path: Path) -> None:
    whole = bom(components=[LIBRARY] * 3, vulnerabilities=[vulnerability("a", "low")])
    cut = whole[: whole.rindex('"lib"')]
    facts, reading = read(written(tmp_path, cut))
    assert [fact["kind"] for fact in facts] == ["product", "component", "component"]
    assert {fact.get("product") for fact in facts[1:]} == {"lumen"}
    assert reading.skips == [Skip("component 3", "the file breaks off or is damaged here")]
    # Without all vulnerabilities nothing can be said of how many are open.
    facts, reading = read(written(tmp_path, whole[:-2]))
    assert all("vulnerabilities" not in fact for fact in facts)
    assert reading.notes == ["the file breaks off or is damaged between or after its records"]
    packed = gzip.compress(many(3000).encode())
    facts, reading = read(written(tmp_path, packed[: len(packed) // 2]))
    assert 100 < reading.read == len(facts) < 3000
    assert reading.skipped == 1


def test_bytes_that_are_no_utf8_harm_only_themselves(tmp_path: Path) -> None:
    for text in (
        bom(components=[{**LIBRARY, "name": "caf_"}, LIBRARY]),
        xml("<components><component><name>caf_</name></component><component><name>lib</name></component></components>"),
    ):
        facts, _ = read(written(tmp_path, text.encode().replace(b"caf_", b"caf\xe9")))
        assert [fact["name"] for fact in facts if fact["kind"] == "component"] == ["caf\ufffd", "lib"]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_xml_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    text = xml("<components><component><name>café</name></component></components>").replace("UTF-8", encoding)
    facts, _ = read(written(tmp_path, text.encode(encoding)))
    assert facts[0]["name"] == "café"


def test_json_in_utf16(tmp_path: Path) -> None:
    facts, _ = read(written(tmp_path, bom(components=[{**LIBRARY, "name": "café"}]).encode("utf-16")))
    assert facts[1]["name"] == "café"


def test_an_encoding_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="in an encoding that is not read: `ebcdic-cp-us`"):
        read(written(tmp_path, xml("").replace("UTF-8", "EBCDIC-CP-US")))


def test_names_come_out_on_one_line_and_inert(tmp_path: Path) -> None:
    assert component(tmp_path, {"name": "a\x1b[31m\n b\u202e"})["name"] == "a [31m b"
    _, reading = read(written(tmp_path, bom(components=[{**LIBRARY, "name": "x" * 5000}])))
    assert reading.skips == [Skip("component 1", "no name")]


@pytest.mark.parametrize(
    "text", ['{"specVersion": "1.6"}', '{"a": {"bomFormat": 1}}', '<bom xmlns="urn:x"/>', "<bom/>", "bomFormat"]
)
def test_not_every_bom_is_cyclonedx(tmp_path: Path, text: str) -> None:
    assert formats_of(written(tmp_path, text)) == []


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3), max_leaves=8
)
keys = st.sampled_from(
    [
        "name",
        "type",
        "purl",
        "hashes",
        "licenses",
        "supplier",
        "signature",
        "externalReferences",
        "components",
        "id",
        "ratings",
        "analysis",
        "affects",
        "published",
    ]
)


@settings(max_examples=60, deadline=None)
@given(records=st.lists(st.dictionaries(keys, values, max_size=6) | values, max_size=4))
def test_whatever_stands_in_a_record_it_is_read_or_skipped(tmp_path_factory: Any, records: list[Any]) -> None:
    path = written(tmp_path_factory.mktemp("any"), bom(components=records, services=records, vulnerabilities=records))
    facts, reading = read(path)
    assert len(facts) == reading.read
    assert reading.read + reading.skipped >= 1 + 3 * len(records)


# Real documents, counted by other means.


def walk(items: Any, within: str) -> Iterator[dict[str, Any]]:
    for item in items or ():
        yield item
        yield from walk(item.get(within), within)


def documents(suffix: str) -> list[Path]:
    found = [*SHARED.glob(f"sbom/*{suffix}"), *SHARED.glob(f"csaf/*{suffix}")]
    mark = b"cyclonedx.org/schema/bom" if suffix == ".xml" else b'"bomFormat"'
    return sorted(path for path in found if mark in path.read_bytes()[:4000])


@pytest.mark.skipif(not SHARED.exists(), reason="the shared evidence is not here")
def test_real_json_documents_are_read_whole() -> None:
    paths = documents(".json")
    assert len(paths) == 51
    totals: Counter[str] = Counter()
    for path in paths:
        document = json.loads(path.read_text("utf-8-sig"))
        components = list(walk(document.get("components"), "components"))
        services = list(walk(document.get("services"), "services"))
        told = document.get("vulnerabilities") or []
        subject = document.get("metadata", {}).get("component", {})
        unaffected = sum(v.get("analysis", {}).get("state") == "not_affected" for v in told)
        facts, reading = read(path)
        kinds = Counter(fact["kind"] for fact in facts)
        assert kinds["component"] == len(components) + len(services), path.name
        assert kinds["advisory"] == len(told) - unaffected == len(told) - reading.skipped
        assert kinds["product"] == bool(subject)
        assert reading.read == len(facts)
        parts = [fact for fact in facts if fact["kind"] == "component" and fact.get("type") != "cloud"]
        assert [fact["name"] for fact in parts] == [c["name"] for c in components]
        assert [fact.get("purl") for fact in parts] == [c.get("purl") for c in components]
        assert [fact.get("version") for fact in parts] == [c.get("version") for c in components]
        for fact, found in zip(parts, components, strict=True):
            recorded = {f"{h['alg']}:{h['content'].lower()}" for h in found.get("hashes", ())}
            assert recorded <= set(fact.get("hashes", ()))
            assert fact.get("verified") in ({True} if recorded else {True, False, None})
        totals.update(kinds)
    assert totals == {"component": 4987, "product": 45, "advisory": 15}


@pytest.mark.skipif(not SHARED.exists(), reason="the shared evidence is not here")
def test_real_xml_documents_say_what_their_json_says() -> None:
    paths = documents(".xml")
    assert len(paths) == 11
    for path in paths:
        root = ElementTree.parse(path).getroot()
        subject = root.find("{*}metadata/{*}component")
        found = [e for e in root.iter() if e.tag.endswith("}component") and e is not subject]
        xml_facts, _ = read(path)
        names = [fact["name"] for fact in xml_facts if fact["kind"] == "component"]
        assert names == [e.findtext("{*}name", "").strip() for e in found]
        if not path.with_suffix(".json").exists():
            continue
        # Both were written by the same tool, some seconds apart.
        json_facts, _ = read(path.with_suffix(".json"))
        for fact in (*xml_facts, *json_facts):
            fact.pop("at", None)
        differ = [(x, j) for x, j in zip(xml_facts, json_facts, strict=True) if x != j]
        if "dropwizard" in path.name:
            # Its XML leaves out the one licence that is an expression.
            assert [j.get("licences") for _, j in differ] == [["(CDDL-1.0 OR GPL-2.0-with-classpath-exception)"]]
        else:
            assert differ == []


@pytest.mark.skipif(not SHARED.exists(), reason="the shared evidence is not here")
def test_nothing_else_is_taken_for_cyclonedx() -> None:
    ours = {*documents(".json"), *documents(".xml")}
    files = [path for path in SHARED.rglob("*") if path.is_file() and path.stat().st_size]
    assert {path for path in files if cyclonedx in formats_of(path)} == ours
