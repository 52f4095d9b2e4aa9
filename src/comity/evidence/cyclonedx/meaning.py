"""What CycloneDX's values say in the vocabulary's words."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from comity.evidence._sbom_rows import Fact, NotAFact
from comity.evidence._sbom_values import (
    COMPONENT_COLUMNS,
    SEVERITIES,
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

#: What is given of each kind of fact.
COLUMNS = {
    "component": tuple(name for name in COMPONENT_COLUMNS if name != "supplier.role"),
    "product": ("at", "name", "version", "provider.name"),
    "advisory": ("at", "product", "id", "severity", "provider.name", "published", "remedies"),
}

#: The kinds of component that are no software. Of the last two the vocabulary knows none.
_TYPES = {"device": "hardware", "data": None, "cryptographic-asset": None}

#: Kinds of component that are no file, so that nothing follows when no hash is given.
_WITHOUT_FILE = {"device", "operating-system", "platform", "cryptographic-asset"}

#: References that prove where a component comes from.
_PROOFS = {"attestation", "digital-signature"}

_NOT_AFFECTED = {
    "not_affected": "`not_affected`: the product does not have this vulnerability",
    "false_positive": "`false_positive`: the product does not have this vulnerability",
}
_RESOLVED = {"resolved", "resolved_with_pedigree"}

_REMEDIES = {
    "update": "vendor_fix",
    "rollback": "workaround",
    "workaround_available": "workaround",
    "can_not_fix": "none_available",
    "will_not_fix": "no_fix_planned",
}

#: The qualitative scale of CVSS 3.0, 3.1 and 4.0: the lowest score of each severity. CVSS 2.0 has none.
_SCALE = {"low": 0.1, "medium": 4.0, "high": 7.0, "critical": 9.0}
_SCALED = {"CVSSv3", "CVSSv31", "CVSSv4"}


class Document:
    """One document: what it is about and what is open in it, then what each of its records says."""

    def __init__(self) -> None:
        self.notes = Notes()
        self._at: str | None = None
        self._name: str | None = None
        self._provider: str | None = None
        # How many open vulnerabilities affect what a bom-ref stands for, and the worst severity's place in SEVERITIES.
        self._open: dict[str, tuple[int, int]] = {}
        self._looked = False

    def survey(self, _: str, __: int, vulnerability: dict[str, Any] | None) -> None:
        """A vulnerability: which components it is open in."""
        self._looked = True
        if vulnerability is None or _state(vulnerability) in _NOT_AFFECTED.keys() | _RESOLVED | {"rejected"}:
            return
        rank = _rank(vulnerability)
        for ref in {ref for target in objects(vulnerability.get("affects")) if (ref := _affected(target))}:
            count, worst = self._open.get(ref, (0, -1))
            self._open[ref] = (count + 1, max(worst, rank))

    def about(self, document: dict[str, Any], whole: bool) -> Fact | None:
        """What the document says of itself: its product. Which vulnerabilities are open, only the whole one tells."""
        self._looked &= whole
        metadata = document.get("metadata")
        subject = member(metadata, "component")
        self._at = instant(member(metadata, "timestamp"), "metadata.timestamp", self.notes)
        self._name = text(member(subject, "name"))
        givers = (
            member(subject, "supplier"),
            member(metadata, "supplier"),
            member(subject, "manufacturer"),
            member(metadata, "manufacture"),
        )
        self._provider = self._first(*givers)
        self._resolve(text(document.get("serialNumber")))
        if not self._name:
            return None
        return "product", (self._at, self._name, text(member(subject, "version")), self._provider)

    def fact(self, list_: str, record: dict[str, Any]) -> Fact:
        """What a record says. Raises ``NotAFact``."""
        if list_ == "vulnerability":
            return "advisory", self._advisory(record)
        return "component", self._service(record) if list_ == "service" else self._component(record)

    def _component(self, found: dict[str, Any]) -> tuple[Any, ...]:
        """A component."""
        name = _name(found)
        type_ = text(found.get("type"))
        supplier = self._first(found.get("supplier"), found.get("manufacturer"))
        url, within = purl(found.get("purl"), self.notes)
        hashes = {*within, *self._hashes(found)}
        verified = proves(hashes) or _signed(found) or (None if type_ in _WITHOUT_FILE else False)
        return (
            *(self._at, self._name, url, name, text(found.get("version")), supplier),
            *(_TYPES.get(type_ or "", "software"), sorted(hashes) or None, _licences(found), verified),
            *self._vulnerabilities(found),
        )

    def _service(self, found: dict[str, Any]) -> tuple[Any, ...]:
        """A service, which is no file."""
        return (
            *(self._at, self._name, None, _name(found), text(found.get("version"))),
            *(self._first(found.get("provider")), "cloud", None, _licences(found), None),
            *self._vulnerabilities(found),
        )

    def _advisory(self, found: dict[str, Any]) -> tuple[Any, ...]:
        """A vulnerability."""
        state = _state(found)
        if state == "rejected":
            raise NotAFact("the record of the vulnerability was rejected")
        if state in _NOT_AFFECTED:
            raise NotAFact(_NOT_AFFECTED[state])
        rank = _rank(found)
        published = instant(found.get("published"), "published", self.notes)
        issued = instant(member(found, "analysis", "firstIssued"), "analysis.firstIssued", self.notes)
        return (
            *(published or issued or self._at, self._name, text(found.get("id"))),
            *(SEVERITIES[rank] if rank >= 0 else None, self._provider, published, _remedies(found, state)),
        )

    def _resolve(self, serial: str | None) -> None:
        """Take BOM-Links into this very document (`urn:cdx:serial/version#ref`) for the refs they lead to."""
        own = f"urn:cdx:{serial.removeprefix('urn:uuid:')}/" if serial else None
        for link in [ref for ref in self._open if own and ref.startswith(own) and "#" in ref]:
            count, worst = self._open.pop(link)
            ref = unquote(link.partition("#")[2])
            others, other = self._open.get(ref, (0, -1))
            self._open[ref] = (count + others, max(worst, other))

    def _first(self, *parties: Any) -> str | None:
        return next((name for party in parties if (name := organisation(member(party, "name"), self.notes))), None)

    def _hashes(self, found: dict[str, Any]) -> list[str]:
        """The component's checksums, and those of the file that is distributed."""
        sources = [found.get("hashes")]
        references = objects(found.get("externalReferences"))
        sources += [reference.get("hashes") for reference in references if reference.get("type") == "distribution"]
        pairs = ((hash_.get("alg"), hash_.get("content")) for hashes in sources for hash_ in objects(hashes))
        return checksums(pairs, self.notes)

    def _vulnerabilities(self, found: dict[str, Any]) -> tuple[int | None, str | None]:
        # An empty list of vulnerabilities does not say that anyone looked: Trivy writes one in any case.
        if not self._looked:
            return None, None
        count, worst = self._open.get(text(found.get("bom-ref")) or "", (0, -1))
        return count, SEVERITIES[worst] if worst >= 0 else None


def _name(found: dict[str, Any]) -> str:
    if name := text(found.get("name")):
        return name
    raise NotAFact("no name")


def _signed(found: dict[str, Any]) -> bool:
    signature = found.get("signature")
    parts = [signature, *objects(member(signature, "signers")), *objects(member(signature, "chain"))]
    if any(member(part, "value") for part in parts) or member(found, "Signature", "SignatureValue"):
        return True
    return any(reference.get("type") in _PROOFS for reference in objects(found.get("externalReferences")))


def _licences(found: dict[str, Any]) -> list[str] | None:
    names = set()
    for given in objects(found.get("licenses")):
        id_, name = text(member(given, "license", "id")), text(member(given, "license", "name"))
        names |= {text(given.get("expression")), licence(id_) if id_ else name} - {None}
    return sorted(name for name in names if name) or None


def _state(vulnerability: dict[str, Any]) -> str | None:
    return "rejected" if text(vulnerability.get("rejected")) else text(member(vulnerability, "analysis", "state"))


def _affected(target: dict[str, Any]) -> str | None:
    """What a target refers to, None where all its versions are said to be unaffected."""
    versions = list(objects(target.get("versions")))
    if versions and all(version.get("status") == "unaffected" for version in versions):
        return None
    return text(target.get("ref"))


def _rank(vulnerability: dict[str, Any]) -> int:
    """The place in ``SEVERITIES`` of the worst rating, -1 where none says one."""
    return max((_severity(rating) for rating in objects(vulnerability.get("ratings"))), default=-1)


def _severity(rating: dict[str, Any]) -> int:
    said = (text(rating.get("severity")) or "").lower()
    if not said and rating.get("method") in _SCALED:
        return sum(_score(rating.get("score")) >= least for least in _SCALE.values()) - 1
    return SEVERITIES.index(said) if said in SEVERITIES else -1


def _score(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _remedies(found: dict[str, Any], state: str | None) -> list[str] | None:
    analysis = found.get("analysis")
    responses = member(analysis, "response") or member(analysis, "responses")
    remedies = {_REMEDIES[given] for given in responses if given in _REMEDIES} if isinstance(responses, list) else set()
    if state in _RESOLVED:
        remedies.add("vendor_fix")
    if text(found.get("workaround")):
        remedies.add("workaround")
    if text(found.get("recommendation")):
        remedies.add("mitigation")
    return sorted(remedies) or None
