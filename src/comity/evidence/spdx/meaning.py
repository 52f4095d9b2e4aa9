"""What the values of SPDX 2 say in the vocabulary's words."""

from __future__ import annotations

import re
from typing import Any

from comity.evidence._sbom_rows import Fact, NotAFact
from comity.evidence._sbom_source import Each
from comity.evidence._sbom_values import (
    COMPONENT_COLUMNS,
    Notes,
    checksums,
    instant,
    licence,
    member,
    objects,
    organisation,
    proves,
    purl,
    text,
)

#: SPDX 2 says nothing of vulnerabilities that were looked for.
COLUMNS = {
    "component": COMPONENT_COLUMNS[:-2],
    "product": ("at", "name", "version", "provider.name", "provider.role"),
}

#: What is kept of a document (``_sbom_source`` says what a shape is): first what it is about, then its packages.
SURVEY: dict[str, Any] = {
    "creationInfo": {"created": None},
    "documentDescribes": [None],
    "packages": Each("package", {"SPDXID": None, "name": None}),
    "relationships": Each("relationship", dict.fromkeys(("spdxElementId", "relationshipType", "relatedSpdxElement"))),
}
CONTENT: dict[str, Any] = {
    "packages": Each(
        "package",
        {
            **dict.fromkeys(("SPDXID", "name", "versionInfo", "supplier", "originator", "primaryPackagePurpose")),
            **dict.fromkeys(("licenseConcluded", "licenseDeclared")),
            "checksums": [{"algorithm": None, "checksumValue": None}],
            "packageVerificationCode": {"packageVerificationCodeValue": None},
            "externalRefs": [{"referenceType": None, "referenceLocator": None}],
        },
    ),
    "files": Each("file", {}),
    "snippets": Each("snippet", {}),
}

_DOCUMENT = "SPDXRef-DOCUMENT"

#: What packages consist of.
_PARTS = {"file", "snippet"}

#: Purposes that are no software; what is left out is.
_TYPES = {"DEVICE": "hardware", "OTHER": None}

#: Purposes that are no file, so that nothing follows when no checksum is given.
_WITHOUT_FILE = {"DEVICE", "OPERATINGSYSTEM"}

#: References whose value is computed from the content.
_INTRINSIC = {"gitoid", "swh"}

_ACTOR = re.compile(r"(Organization|Person|Tool)\s*:\s*(.*?)\s*(?:\([^()\s]*@[^()\s]*\)|\(\s*\))?", re.DOTALL)

#: A party as name and role.
Party = tuple[str | None, str | None]

NOBODY: Party = (None, None)
PERSON: Party = (None, "individual")
PERSON_NOTE = "supplier who is a person: the name is not kept"


class Document:
    """One document: what it describes, then what each of its packages says."""

    def __init__(self) -> None:
        self.notes = Notes()
        self._at: str | None = None
        self._described: set[str] = set()
        self._names: dict[str, str | None] = {}
        self._product: str | None = None

    def survey(self, kind: str, _: int, record: dict[str, Any] | None) -> None:
        """What a record says of what the document is about."""
        if record is None:
            return
        if kind == "package":
            self._names.setdefault(str(record.get("SPDXID")), text(record.get("name")))
        elif kind == "relationship":
            one, other = record.get("spdxElementId"), record.get("relatedSpdxElement")
            match record.get("relationshipType"), one, other:
                case "DESCRIBES", str(document), str(described) if document == _DOCUMENT:
                    self._described.add(described)
                case "DESCRIBED_BY", str(described), str(document) if document == _DOCUMENT:
                    self._described.add(described)

    def about(self, document: dict[str, Any], _: bool) -> None:
        """What the document says of itself. Several packages described are an inventory: none is the product."""
        self._at = instant(member(document, "creationInfo", "created"), "creationInfo.created", self.notes)
        listed = document.get("documentDescribes")
        self._described |= {ref for ref in listed if isinstance(ref, str)} if isinstance(listed, list) else set()
        packages = self._described & self._names.keys()
        self._product = packages.pop() if len(packages) == 1 else None

    def fact(self, kind: str, record: dict[str, Any]) -> Fact | None:
        """What a record says; None for what is part of a package, or of none. Raises ``NotAFact``."""
        if kind != "package":
            if kind in _PARTS:
                self.notes[f"{kind} listed: part of a package, no component of its own"] += 1
            return None
        name, version = text(record.get("name")), text(record.get("versionInfo"))
        if not name:
            raise NotAFact("no name")
        party = self._party(record)
        if self._product is not None and record.get("SPDXID") == self._product:
            return "product", (self._at, name, version, *party)
        url, hashes, verified = self._identity(record)
        purpose = (text(record.get("primaryPackagePurpose")) or "").upper().replace("-", "").replace("_", "")
        if not verified and purpose in _WITHOUT_FILE:
            verified = None
        type_ = _TYPES.get(purpose, "software")
        product = self._names.get(self._product) if self._product else None
        row = (self._at, product, url, name, version, *party, type_, hashes, _licences(record), verified)
        return "component", row

    def _party(self, record: dict[str, Any]) -> Party:
        """The supplier, else the one from whom it originally came."""
        parties = (self._actor(record.get(name)) for name in ("supplier", "originator"))
        return next((party for party in parties if party != NOBODY), NOBODY)

    def _actor(self, value: Any) -> Party:
        said = text(value)
        if said is None:
            return NOBODY
        actor = _ACTOR.fullmatch(said)
        if actor is None:
            self.notes["supplier that is neither `Organization:` nor `Person:`: not taken"] += 1
            return NOBODY
        if actor[1] == "Person":
            self.notes[PERSON_NOTE] += 1
            return PERSON
        return (organisation(actor[2], self.notes), None) if actor[1] == "Organization" else NOBODY

    def _identity(self, record: dict[str, Any]) -> tuple[str | None, list[str] | None, bool | None]:
        """The purl, the checksums, and whether they or something like them prove what it is."""
        references = [
            (text(ref.get("referenceType")) or "", ref.get("referenceLocator"))
            for ref in objects(record.get("externalRefs"))
        ]
        purls = [purl(locator, self.notes) for type_, locator in references if type_ == "purl"]
        given = ((given.get("algorithm"), given.get("checksumValue")) for given in objects(record.get("checksums")))
        hashes = {*checksums(given, self.notes), *(digest for _, within in purls for digest in within)}
        code = text(member(record, "packageVerificationCode", "packageVerificationCodeValue"))
        verified = proves(hashes) or code is not None or any(type_ in _INTRINSIC for type_, _ in references)
        return next((url for url, _ in purls if url), None), sorted(hashes) or None, verified


def _licences(record: dict[str, Any]) -> list[str] | None:
    """What was concluded, else what is declared."""
    found = text(record.get("licenseConcluded")) or text(record.get("licenseDeclared"))
    return [licence(found)] if found else None
