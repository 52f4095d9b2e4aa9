"""SPDX in all its syntaxes: a product, and what it is made of."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from reading import SHARED, formats_of, read

from comity.errors import EvidenceError
from comity.evidence import _sbom_source, spdx
from comity.evidence.base import Skip

SHA1 = "85ed0817af83a24ad8da68c2b5094de69833983c"
PACKAGE = {"SPDXID": "SPDXRef-a", "name": "lib", "downloadLocation": "NOASSERTION"}
SUBJECT = {"SPDXID": "SPDXRef-top", "name": "lumen", "versionInfo": "2.0", "supplier": "Organization: Lumen JSC"}


def document(*packages: Any, **parts: Any) -> dict[str, Any]:
    return {
        "SPDXID": "SPDXRef-DOCUMENT",
        "spdxVersion": "SPDX-2.3",
        "creationInfo": {"created": "2024-05-01T12:00:00Z", "creators": ["Person: Mai Tran (mai@lumen.example)"]},
        "documentDescribes": ["SPDXRef-top"],
        "packages": [SUBJECT, *packages],
        **parts,
    }


def written(folder: Path, content: Any) -> Path:
    path = folder / "no-ending"
    if isinstance(content, dict):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def component(folder: Path, **found: Any) -> dict[str, Any]:
    facts, _ = read(written(folder, document({**PACKAGE, **found})))
    return next(fact for fact in facts if fact["kind"] == "component")


def test_a_document_describes_a_product_of_packages(tmp_path: Path) -> None:
    found = {
        **PACKAGE,
        "versionInfo": "1.10",
        "supplier": "Organization: Example GmbH (security@example.example)",
        "checksums": [{"algorithm": "SHA1", "checksumValue": SHA1.upper()}],
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "apache-2.0",
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/lib@1.10"}
        ],
    }
    facts, reading = read(written(tmp_path, document(found)))
    assert [fact.pop("at").isoformat() for fact in facts] == ["2024-05-01T12:00:00+00:00"] * 2
    product, part = facts
    assert spdx.where(product.pop("position")) == "package 1"
    assert product == {"kind": "product", "file": 1, "name": "lumen", "version": "2.0", "provider.name": "Lumen JSC"}
    assert spdx.where(part.pop("position")) == "package 2"
    assert part == {
        "kind": "component",
        "file": 1,
        "product": "lumen",
        "purl": "pkg:npm/lib@1.10",
        "name": "lib",
        "version": "1.10",
        "supplier.name": "Example GmbH",
        "type": "software",
        "hashes": [f"SHA-1:{SHA1}"],
        "licences": ["Apache-2.0"],
        "verified": True,
    }
    assert (reading.read, reading.skipped, reading.notes) == (2, 0, [])


@pytest.mark.parametrize(
    ("found", "name", "role"),
    [
        ({"supplier": "Organization: Acme (Japan)"}, "Acme (Japan)", None),
        ({"supplier": "Organization: Acme ()"}, "Acme", None),
        ({"supplier": "NOASSERTION", "originator": "Organization: Maker"}, "Maker", None),
        ({"supplier": "Organization: From", "originator": "Organization: Maker"}, "From", None),
        ({"supplier": "Person: Mai Tran (mai@lumen.example)"}, None, "individual"),
        ({"supplier": "Organization: Mai Tran <mai@lumen.example>"}, None, None),
        ({"supplier": "Tool: builder-1.0"}, None, None),
        ({"supplier": "Mai Tran"}, None, None),
        ({"supplier": "NONE"}, None, None),
        ({"supplier": ["Organization: Acme"]}, None, None),
        ({}, None, None),
    ],
)
def test_the_supplier(tmp_path: Path, found: dict[str, Any], name: str | None, role: str | None) -> None:
    fact = component(tmp_path, **found)
    assert (fact.get("supplier.name"), fact.get("supplier.role")) == (name, role)


def test_no_personal_value_gets_through(tmp_path: Path) -> None:
    packages = [
        {**PACKAGE, "supplier": who}
        for who in ("Person: Mai (mai@lumen.example)", "Mai", "Organization: Mai <m@x.example>")
    ]
    facts, reading = read(written(tmp_path, document(*packages)))
    assert "Mai" not in f"{facts}{reading}"
    assert "@" not in f"{facts}{reading}"
    assert [note.partition(":")[0] for note in reading.notes] == [
        "1 × supplier given as a contact with an e-mail address",
        "1 × supplier that is neither `Organization",
        "1 × supplier who is a person",
    ]


@pytest.mark.parametrize(
    ("found", "verified"),
    [
        ({}, False),
        ({"filesAnalyzed": True}, False),
        ({"checksums": [{"algorithm": "ADLER32", "checksumValue": "00000001"}]}, False),
        ({"checksums": [{"algorithm": "SHA256", "checksumValue": "NOASSERTION"}]}, False),
        ({"checksums": [{"algorithm": "SHA3-256", "checksumValue": "ab" * 32}]}, True),
        ({"packageVerificationCode": {"packageVerificationCodeValue": SHA1}}, True),
        ({"packageVerificationCode": {}}, False),
        ({"externalRefs": [{"referenceType": "swh", "referenceLocator": f"swh:1:cnt:{SHA1}"}]}, True),
        (
            {"externalRefs": [{"referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:x:y:1:*:*:*:*:*:*:*"}]},
            False,
        ),
        ({"primaryPackagePurpose": "DEVICE"}, None),
        ({"primaryPackagePurpose": "OPERATING-SYSTEM"}, None),
        (
            {"primaryPackagePurpose": "OPERATING_SYSTEM", "checksums": [{"algorithm": "SHA1", "checksumValue": SHA1}]},
            True,
        ),
    ],
)
def test_verified_needs_proof(tmp_path: Path, found: dict[str, Any], verified: bool | None) -> None:
    assert component(tmp_path, **found).get("verified") == verified


@pytest.mark.parametrize(
    ("purpose", "type_"), [(None, "software"), ("DEVICE", "hardware"), ("OTHER", None), ("SOURCE", "software")]
)
def test_types(tmp_path: Path, purpose: str | None, type_: str | None) -> None:
    assert component(tmp_path, primaryPackagePurpose=purpose).get("type") == type_


@pytest.mark.parametrize(
    "parts",
    [
        {"documentDescribes": ["SPDXRef-top", "SPDXRef-a"]},
        {"documentDescribes": ["SPDXRef-File"]},
        {"documentDescribes": None},
        {"documentDescribes": "SPDXRef-top"},
        {
            "documentDescribes": [],
            "relationships": [
                {"spdxElementId": "SPDXRef-top", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-a"}
            ],
        },
    ],
)
def test_an_inventory_has_no_product(tmp_path: Path, parts: dict[str, Any]) -> None:
    facts, _ = read(written(tmp_path, document(PACKAGE, **parts)))
    assert [(fact["kind"], fact["name"], fact.get("product")) for fact in facts] == [
        ("component", "lumen", None),
        ("component", "lib", None),
    ]


@pytest.mark.parametrize(
    "relationship",
    [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-top"},
        {"spdxElementId": "SPDXRef-top", "relationshipType": "DESCRIBED_BY", "relatedSpdxElement": "SPDXRef-DOCUMENT"},
    ],
)
def test_relationships_describe_too(tmp_path: Path, relationship: dict[str, str]) -> None:
    facts, _ = read(written(tmp_path, document(PACKAGE, documentDescribes=[], relationships=[relationship, 7])))
    assert [(fact["kind"], fact["name"]) for fact in facts] == [("product", "lumen"), ("component", "lib")]


def test_files_are_counted_and_no_components(tmp_path: Path) -> None:
    files = [{"SPDXID": "SPDXRef-f", "fileName": "./a.c"}] * 3
    facts, reading = read(written(tmp_path, document(files=files, snippets=[{}])))
    assert len(facts) == 1
    assert reading.notes == [
        "3 × file listed: part of a package, no component of its own",
        "1 × snippet listed: part of a package, no component of its own",
    ]


def test_what_can_not_be_read_is_skipped_with_its_place(tmp_path: Path) -> None:
    _, reading = read(written(tmp_path, document({"SPDXID": "SPDXRef-x"}, "lib", PACKAGE)))
    assert reading.read == 2
    assert reading.skips == [Skip("package 2", "no name"), Skip("package 3", "not an object")]


def test_a_time_without_offset_is_not_known(tmp_path: Path) -> None:
    facts, reading = read(written(tmp_path, document(creationInfo={"created": "2024-05-01T12:00:00"})))
    assert "at" not in facts[0]
    assert reading.notes == ["1 × creationInfo.created is no time with an offset from UTC: not known"]


# The same document in other syntaxes.

TAGS = f"""# made by hand
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
Created: 2024-05-01T12:00:00Z
DocumentComment: <text>
PackageName: not a package
</text>

PackageName: lumen
SPDXID: SPDXRef-top
PackageSupplier: Organization: Lumen JSC
PackageComment: <text>one line</text>
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-top

PackageName: lib
SPDXID: SPDXRef-a
PackageVersion: 1.10
PackageSupplier: NOASSERTION
PackageChecksum: SHA1: {SHA1}
PackageVerificationCode: {SHA1} (excludes: ./x.spdx)
PackageLicenseConcluded: NONE
PackageLicenseDeclared: MIT
ExternalRef: PACKAGE-MANAGER purl pkg:npm/lib@1.10
FileName: ./a.c
SPDXID: SPDXRef-f
FileChecksum: SHA1: {"00" * 20}
"""

LIB = {
    "product": "lumen",
    "purl": "pkg:npm/lib@1.10",
    "name": "lib",
    "version": "1.10",
    "type": "software",
    "hashes": [f"SHA-1:{SHA1}"],
    "licences": ["MIT"],
    "verified": True,
}


def as_json() -> dict[str, Any]:
    lib = {
        **PACKAGE,
        "versionInfo": "1.10",
        "supplier": "NOASSERTION",
        "checksums": [{"algorithm": "SHA1", "checksumValue": SHA1}],
        "licenseConcluded": "NONE",
        "licenseDeclared": "MIT",
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/lib@1.10"}
        ],
    }
    return document(lib)


def as_xml() -> str:
    def element(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(element(name, item) for item in value)
        inner = "".join(element(*item) for item in value.items()) if isinstance(value, dict) else value
        return f"<{name}>{inner}</{name}>"

    return f'<?xml version="1.0"?>\n{element("Document", as_json())}'


@pytest.mark.parametrize(
    "content",
    [
        as_json(),
        {"sbom": as_json()},
        json.dumps(as_json(), indent=2).encode("utf-16"),
        TAGS,
        TAGS.replace("\n", "\r\n"),
        as_xml(),
        yaml.safe_dump(as_json()),
        yaml.safe_dump(as_json(), default_flow_style=False).replace("'1.10'", "1.10"),
        gzip.compress(TAGS.encode()),
    ],
)
def test_every_syntax_says_the_same(tmp_path: Path, content: Any) -> None:
    path = written(tmp_path, content)
    assert formats_of(path) == [spdx]
    facts, reading = read(path)
    assert [(fact["kind"], fact["name"]) for fact in facts] == [("product", "lumen"), ("component", "lib")]
    assert facts[0]["provider.name"] == "Lumen JSC"
    assert facts[1]["at"].isoformat() == "2024-05-01T12:00:00+00:00"
    assert {name: value for name, value in facts[1].items() if name not in ("kind", "file", "position", "at")} == LIB
    assert (reading.read, reading.skipped) == (2, 0)


def graph(*elements: Any) -> dict[str, Any]:
    return {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {
                "type": "software_Package",
                "spdxId": "urn:top",
                "name": "lumen",
                "suppliedBy": "urn:org",
                "creationInfo": "_:c",
            },
            *elements,
            {"type": "SpdxDocument", "spdxId": "urn:doc", "rootElement": ["urn:sbom"], "creationInfo": "_:c"},
            {"type": "software_Sbom", "spdxId": "urn:sbom", "rootElement": ["urn:top"]},
            {"type": "Organization", "spdxId": "urn:org", "name": "Lumen JSC"},
            {"type": "Person", "spdxId": "urn:mai", "name": "Mai Tran"},
            {"type": "CreationInfo", "@id": "_:other", "created": "2020-01-01T00:00:00Z"},
            {"type": "CreationInfo", "@id": "_:c", "created": "2024-05-01T12:00:00Z"},
            {
                "type": "simplelicensing_LicenseExpression",
                "spdxId": "urn:mit",
                "simplelicensing_licenseExpression": "MIT",
            },
            {
                "type": "Relationship",
                "spdxId": "urn:r",
                "relationshipType": "hasDeclaredLicense",
                "from": "urn:a",
                "to": ["urn:mit"],
            },
        ],
    }


def test_spdx_3_says_the_same(tmp_path: Path) -> None:
    lib = {
        "type": "software_Package",
        "spdxId": "urn:a",
        "name": "lib",
        "software_packageVersion": "1.10",
        "software_packageUrl": "pkg:npm/lib@1.10",
        "verifiedUsing": [
            {"type": "Hash", "algorithm": "sha1", "hashValue": SHA1},
            {"type": "PackageVerificationCode", "algorithm": "sha1", "hashValue": "00" * 20},
        ],
    }
    facts, reading = read(written(tmp_path, graph(lib, {"type": "software_File", "spdxId": "urn:f"}, 7)))
    assert [(fact["kind"], fact["name"]) for fact in facts] == [("product", "lumen"), ("component", "lib")]
    assert facts[0]["provider.name"] == "Lumen JSC"
    assert spdx.where(facts[1]["position"]) == "element 2"
    assert {name: value for name, value in facts[1].items() if name not in ("kind", "file", "position", "at")} == LIB
    assert facts[1]["at"].isoformat() == "2024-05-01T12:00:00+00:00"
    assert reading.skips == [Skip("element 4", "not an object")]
    assert reading.notes == ["1 × file listed: part of a package, no component of its own"]


@pytest.mark.parametrize(
    ("found", "name", "role"),
    [
        ({"suppliedBy": "urn:mai"}, None, "individual"),
        ({"suppliedBy": {"type": "Organization", "name": "Inline AG"}}, "Inline AG", None),
        ({"originatedBy": ["urn:unknown", "urn:org"]}, "Lumen JSC", None),
        ({"suppliedBy": 3, "originatedBy": "urn:org"}, None, None),
    ],
)
def test_who_supplies_in_spdx_3(tmp_path: Path, found: dict[str, Any], name: str | None, role: str | None) -> None:
    facts, reading = read(
        written(tmp_path, graph({"type": "software_Package", "spdxId": "urn:a", "name": "lib", **found}))
    )
    assert (facts[1].get("supplier.name"), facts[1].get("supplier.role")) == (name, role)
    assert "Mai" not in f"{facts}{reading}"


# Hostile and damaged documents.


def test_a_document_type_declaration_is_refused(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>'
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://spdx.org/rdf/terms#"></rdf:RDF>'
    )
    for text in (as_xml().replace("<Document>", doctype), f"<!DOCTYPE rdf:RDF []>{rdf}"):
        with pytest.raises(EvidenceError, match=r"has a document type declaration, .* it is refused"):
            read(written(tmp_path, text))


def test_yaml_aliases_are_refused(tmp_path: Path) -> None:
    bomb = "spdxVersion: SPDX-2.3\na: &a [x, x]\n" + "".join(f"k{n}: &k{n} [*a, *a]\n" for n in range(9))
    with pytest.raises(EvidenceError, match="has an alias, which is refused") as refused:
        read(written(tmp_path, bomb))
    assert refused.value.place.line == 3
    with pytest.raises(EvidenceError, match="has a key that is no text"):
        read(written(tmp_path, "spdxVersion: SPDX-2.3\n? [a]\n: b\n"))


def test_yaml_means_no_more_than_text(tmp_path: Path) -> None:
    packages = "- {name: NO, versionInfo: 1.10, supplier: ~}\n- name: !!python/object:os.system x\n"
    text = f"spdxVersion: SPDX-2.3\npackages:\n{packages}"
    facts, _ = read(written(tmp_path, text))
    assert [(fact["name"], fact.get("version")) for fact in facts] == [("NO", "1.10"), ("x", None)]


@pytest.mark.parametrize("opened", ["[", "{a: "])
def test_what_is_nested_too_deeply_is_refused(tmp_path: Path, opened: str) -> None:
    for start in ("spdxVersion: SPDX-2.3\nx: ", '{"spdxVersion": "SPDX-2.3", "x": '):
        inside = opened if start.startswith("s") else opened.replace("a", '"a"')
        with pytest.raises(EvidenceError, match="nested too deeply"):
            read(written(tmp_path, start + inside * 10_000))


def test_a_truncated_file_gives_what_stands_before_the_break(tmp_path: Path) -> None:
    here = "the file breaks off or is damaged here"
    whole = json.dumps(document(PACKAGE, PACKAGE))
    facts, reading = read(written(tmp_path, whole[: whole.rindex('"lib"')]))
    assert [(fact["kind"], fact.get("product")) for fact in facts] == [("product", None), ("component", "lumen")]
    assert reading.skips == [Skip("package 3", here)]
    text = as_xml()
    facts, reading = read(written(tmp_path, text[: text.rindex("pkg:npm")]))
    assert ([fact["name"] for fact in facts], reading.skips) == (["lumen"], [Skip("package 2", here)])
    text = yaml.safe_dump(as_json(), sort_keys=False)
    facts, reading = read(written(tmp_path, text + "  broken: [\n"))
    assert len(facts) == reading.read >= 1
    assert reading.skipped or reading.notes
    packed = gzip.compress(
        (TAGS + "".join(f"PackageName: p{n}\nSPDXID: SPDXRef-{n**9:x}\n" for n in range(9000))).encode()
    )
    facts, reading = read(written(tmp_path, packed[: len(packed) // 2]))
    assert 100 < len(facts) == reading.read < 9000
    assert reading.skips == [Skip(f"package {len(facts) + 1}", here)]
    # A text without end hides what follows; it is no package.
    facts, reading = read(written(tmp_path, TAGS + "PackageComment: <text>\nPackageName: hidden\n"))
    assert [fact["name"] for fact in facts] == ["lumen", "lib"]
    assert reading.skips == [Skip("file 1", here)]


def test_a_value_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sbom_source, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(_sbom_source, "_LARGEST_BLOCK", 1 << 18)
    for start in (TAGS + "PackageName: ", as_xml()[:-30], "spdxVersion: SPDX-2.3\na: '"):
        with pytest.raises(EvidenceError, match="a value goes on for more than 1 MB"):
            read(written(tmp_path, gzip.compress((start + "x" * (3 << 20)).encode())))


def test_rdf_is_read_by_the_library(tmp_path: Path) -> None:
    from spdx_tools.spdx.parser.json.json_parser import parse_from_file
    from spdx_tools.spdx.writer.rdf.rdf_writer import write_document_to_file

    source = as_json()
    source |= {"name": "lumen", "dataLicense": "CC0-1.0", "documentNamespace": "https://lumen.example/sbom"}
    source["packages"][0]["downloadLocation"] = "NONE"
    plain = written(tmp_path, source)
    write_document_to_file(parse_from_file(str(plain)), str(tmp_path / "rdf"), validate=False)
    facts, reading = read(tmp_path / "rdf")
    assert reading.read == 2
    part = next(fact for fact in facts if fact["kind"] == "component")
    assert {name: value for name, value in part.items() if name not in ("kind", "file", "position", "at")} == LIB


def test_rdf_that_the_library_refuses(tmp_path: Path) -> None:
    start = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="http://spdx.org/rdf/terms#">'
    for rest in (
        "</rdf:RDF>",
        "<s:SpdxDocument>",
        '<s:SpdxDocument rdf:about="x"><s:specVersion>Person: Mai</s:specVersion></s:SpdxDocument></rdf:RDF>',
    ):
        with pytest.raises(EvidenceError, match="is no SPDX document in RDF: ") as refused:
            read(written(tmp_path, start + rest))
        assert "Mai" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "spdxVersion",
        "# SPDXVersion: SPDX-2.3",
        '{"@graph": []}',
        "<Document/>",
        '{"sbom": {}}',
        "x: 1\nspdx: 2",
        "# SPDX-License-Identifier: MIT",
    ],
)
def test_not_everything_that_names_spdx_is_spdx(tmp_path: Path, text: str) -> None:
    assert formats_of(written(tmp_path, text)) == []


# Real documents, counted by other means.

real = pytest.mark.skipif(not SHARED.exists(), reason="the shared evidence is not here")


@real
def test_real_json_documents_are_read_whole() -> None:
    paths = [p for p in SHARED.glob("sbom/*spdx*.json") if "spdxVersion" in json.loads(p.read_text())]
    assert len(paths) == 11
    for path in paths:
        source = json.loads(path.read_text())
        facts, reading = read(path)
        assert reading.read == len(source["packages"]) == len(facts), path.name
        assert sorted(fact["name"] for fact in facts) == sorted(package["name"] for package in source["packages"])
        said = Counter(
            p["supplier"].partition(": ")[2] for p in source["packages"] if "Organization" in p.get("supplier", "")
        )
        assert said <= Counter(fact.get("supplier.name", fact.get("provider.name")) for fact in facts)
        text = f"{facts}{reading}"
        assert "@example" not in text
        assert "Jane" not in text


@real
def test_real_tag_value_documents_are_read_whole() -> None:
    paths = [*SHARED.glob("sbom/*.spdx"), SHARED / "sbom/trivy__centos-7-spdx.txt"]
    assert len(paths) == 9
    for path in paths:
        text = path.read_text()
        facts, reading = read(path)
        assert [fact["name"] for fact in sorted(facts, key=lambda fact: fact["position"])] == re.findall(
            "^PackageName: (.*)$", text, re.MULTILINE
        )
        proven = re.findall("^Package(?:VerificationCode|Checksum): ", text, re.MULTILINE)
        shown = [fact for fact in facts if fact.get("verified")]
        assert len(shown) + sum(fact["kind"] == "product" for fact in facts) >= bool(proven)
        assert reading.read == len(facts)


@real
def test_real_spdx_3_documents_are_read_whole() -> None:
    paths = [p for p in SHARED.glob("sbom/*.json") if "@graph" in json.loads(p.read_text("utf-8-sig"))]
    assert len(paths) == 22
    kinds: Counter[str] = Counter()
    for path in paths:
        packages = [e for e in json.loads(path.read_text())["@graph"] if e["type"].endswith("Package")]
        facts, reading = read(path)
        assert reading.read == len(packages) == len(facts), path.name
        assert sorted(fact["name"] for fact in facts) == sorted(package["name"] for package in packages)
        kinds.update(fact["kind"] for fact in facts)
    assert kinds == {"product": 20, "component": 36}


@real
def test_documents_in_two_versions_say_the_same() -> None:
    old, _ = read(SHARED / "sbom/spdx__software_example8_spdx2.3_examplemaven-0.0.1.spdx.json")
    new, _ = read(SHARED / "sbom/spdx__software_example8_spdx3.0_examplemaven-0.0.1.spdx3.json")
    plain = [{key: str(value) for key, value in fact.items() if key != "position"} for fact in (*old, *new)]
    said = [sorted(half, key=lambda fact: fact["name"]) for half in (plain[: len(old)], plain[len(old) :])]
    assert said[0] == said[1]


@real
def test_nothing_else_is_taken_for_spdx() -> None:
    marks = re.compile(rb'"spdxVersion"|"@graph"|^SPDXVersion: ', re.MULTILINE)
    files = [path for path in SHARED.rglob("*") if path.is_file() and path.stat().st_size]
    ours = {
        path
        for path in files
        if path.parent.name == "sbom" and path.suffix != ".md" and marks.search(path.read_bytes())
    }
    assert {path for path in files if spdx in formats_of(path)} == ours
    assert len(ours) == 42
