"""SPDX 3.0 as JSON-LD: elements of one graph, which refer to one another, in the vocabulary's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from comity.evidence._sbom_rows import Fact, NotAFact
from comity.evidence._sbom_source import Each
from comity.evidence._sbom_values import (
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
from comity.evidence.spdx.meaning import NOBODY, PERSON, PERSON_NOTE, Party

_AGENT = dict.fromkeys(("type", "name"))
_ID = {"spdxId": None, "@id": None}
_REF = {**_ID, **_AGENT}

#: What is kept of a graph (``_sbom_source`` says what a shape is): first what packages refer to, then the packages.
SURVEY: dict[str, Any] = {
    "@graph": Each(
        "element",
        {
            **_REF,
            "creationInfo": {"created": None},
            **dict.fromkeys(("created", "relationshipType", "simplelicensing_licenseExpression")),
            "from": _ID,
            "to": [_ID],
            "rootElement": [_ID],
        },
    )
}
CONTENT: dict[str, Any] = {
    "@graph": Each(
        "element",
        {
            **_REF,
            **dict.fromkeys(("software_packageVersion", "software_packageUrl", "software_primaryPurpose")),
            "suppliedBy": _REF,
            "originatedBy": [_REF],
            "verifiedUsing": [dict.fromkeys(("type", "algorithm", "hashValue"))],
            "externalIdentifier": [dict.fromkeys(("externalIdentifierType", "identifier"))],
        },
    )
}

#: Kinds of package, and the vocabulary's type; it has none for data.
_PACKAGES = {"software_Package": "software", "ai_AIPackage": "software", "dataset_DatasetPackage": None}
_DOCUMENTS = {"SpdxDocument", "Bom", "software_Sbom"}
_AGENTS = {"Organization", "Person"}
_PARTS = {"software_File": "file", "software_Snippet": "snippet"}

#: Licences by what relates them to a package; what was concluded goes first.
_LICENCES = ("hasConcludedLicense", "hasDeclaredLicense")

_TYPES = {"device": "hardware", "other": None}
_WITHOUT_FILE = {"device", "operatingSystem"}
_INTRINSIC = {"gitoid", "swhid"}


class Graph:
    """One document: what its elements refer to, then what each package says."""

    def __init__(self) -> None:
        self.notes = Notes()
        self._at: str | None = None
        self._product: str | None = None
        self._created: dict[str, Any] = {}
        self._agents: dict[str, dict[str, Any]] = {}
        self._names: dict[str, str | None] = {}
        self._roots: dict[str, list[str]] = {}
        self._document: dict[str, Any] | None = None
        self._expressions: dict[str, str | None] = {}
        self._licences: dict[str, dict[str, str]] = {kind: {} for kind in _LICENCES}

    def survey(self, _: str, __: int, element: dict[str, Any] | None) -> None:
        """What an element is that packages may refer to."""
        if element is None:
            return
        id_, type_ = _id(element), element.get("type")
        if type_ == "CreationInfo":
            self._created[id_] = element.get("created")
        elif type_ in _AGENTS:
            self._agents[id_] = element
        elif type_ in _PACKAGES:
            self._names[id_] = text(element.get("name"))
        elif type_ in _DOCUMENTS:
            self._roots[id_] = list(_ids(element.get("rootElement")))
            if type_ == "SpdxDocument":
                self._document = element
        elif "simplelicensing_licenseExpression" in element:
            self._expressions[id_] = text(element["simplelicensing_licenseExpression"])
        elif element.get("relationshipType") in _LICENCES:
            licences = self._licences[element["relationshipType"]]
            licences.update((_id(element.get("from")), target) for target in _ids(element.get("to")))

    def about(self, _: dict[str, Any], __: bool) -> None:
        """What the document is about. Several packages at its root are an inventory: none is the product."""
        info = (self._document or {}).get("creationInfo")
        created = member(info, "created") or self._created.get(_id(info)) or next(iter(self._created.values()), None)
        self._at = instant(created, "CreationInfo.created", self.notes)
        roots = [root for ids in self._roots.values() for root in ids]
        packages = set(roots) & self._names.keys()
        self._product = packages.pop() if len(packages) == 1 else None

    def fact(self, _: str, element: dict[str, Any]) -> Fact | None:
        """What an element says; None for what is no package. Raises ``NotAFact``."""
        kind = str(element.get("type"))
        if kind not in _PACKAGES:
            self._note(kind)
            return None
        name, version = text(element.get("name")), text(element.get("software_packageVersion"))
        if not name:
            raise NotAFact("no name")
        id_, party = _id(element), self._party(element)
        if id_ == self._product:
            return "product", (self._at, name, version, *party)
        url, hashes, verified = self._identity(element)
        purpose = str(element.get("software_primaryPurpose"))
        if not verified and purpose in _WITHOUT_FILE:
            verified = None
        product = self._names.get(self._product) if self._product else None
        type_ = _TYPES.get(purpose, _PACKAGES[kind])
        return "component", (self._at, product, url, name, version, *party, type_, hashes, self._licence(id_), verified)

    def _note(self, kind: str) -> None:
        if kind in _PARTS:
            self.notes[f"{_PARTS[kind]} listed: part of a package, no component of its own"] += 1
        elif kind.startswith("security_"):
            self.notes["element of SPDX 3's security profile: not read"] += 1

    def _party(self, element: dict[str, Any]) -> Party:
        supplier, origins = element.get("suppliedBy"), element.get("originatedBy")
        agents = [supplier, *(origins if isinstance(origins, list) else ())]
        return next((party for agent in agents if (party := self._agent(agent)) != NOBODY), NOBODY)

    def _agent(self, ref: Any) -> Party:
        agent = ref if member(ref, "type") else self._agents.get(_id(ref))
        if member(agent, "type") == "Person":
            self.notes[PERSON_NOTE] += 1
            return PERSON
        name = member(agent, "name") if member(agent, "type") == "Organization" else None
        return organisation(name, self.notes), None

    def _identity(self, element: dict[str, Any]) -> tuple[str | None, list[str] | None, bool | None]:
        identifiers = [
            (text(item.get("externalIdentifierType")), item.get("identifier"))
            for item in objects(element.get("externalIdentifier"))
        ]
        given = [element.get("software_packageUrl"), *(value for type_, value in identifiers if type_ == "packageUrl")]
        purls = [purl(value, self.notes) for value in given if value]
        used = [item for item in objects(element.get("verifiedUsing")) if text(item.get("hashValue"))]
        own = ((item.get("algorithm"), item.get("hashValue")) for item in used if item.get("type") == "Hash")
        hashes = {*checksums(own, self.notes), *(digest for _, within in purls for digest in within)}
        codes = any(item.get("type") == "PackageVerificationCode" for item in used)
        verified = proves(hashes) or codes or any(type_ in _INTRINSIC for type_, _ in identifiers)
        return next((url for url, _ in purls if url), None), sorted(hashes) or None, verified

    def _licence(self, id_: str) -> list[str] | None:
        found = (self._expressions.get(self._licences[kind].get(id_, "")) for kind in _LICENCES)
        return next(([licence(expression)] for expression in found if expression), None)


def _id(value: Any) -> str:
    """What an element is called, or what a reference leads to."""
    if isinstance(value, dict):
        value = value.get("spdxId") or value.get("@id")
    return value if isinstance(value, str) else ""


def _ids(value: Any) -> Iterator[str]:
    return (_id(item) for item in (value if isinstance(value, list) else [value]))
