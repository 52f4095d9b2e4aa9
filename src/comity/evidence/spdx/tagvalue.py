"""SPDX 2 as tag and value: the packages and relationships of a document, in the words of its JSON.

The parser of `spdx-tools` 0.8.5 took 267 s for 2,000 packages, and refuses a document for one package without a
download location.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from comity.evidence._sbom_source import MOST_TEXT, BrokenOff, Emit, Progress, Source
from comity.evidence.base import EvidenceFile

_TAG = re.compile(r"([A-Za-z]\w*):[ \t]*(.*)", re.DOTALL)

#: Tags that begin something else than a package.
_OTHERS = {"FileName": "file", "SnippetSPDXID": "snippet", "LicenseID": "licence"}

#: Tags of a package, and the name of the same in JSON.
_PLAIN = {
    "SPDXID": "SPDXID",
    "PackageVersion": "versionInfo",
    "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
    "PackageLicenseConcluded": "licenseConcluded",
    "PackageLicenseDeclared": "licenseDeclared",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
}


def walk_tag_value(file: EvidenceFile, emit: Emit) -> dict[str, Any]:
    """Hand over each record of a document; its moment of creation comes out at the end, as in JSON.

    Raises ``EvidenceError`` for what must be refused, and ``BrokenOff`` at a break.
    """
    walker = _Walker(Progress(file, emit))
    with file.open() as stream:
        source = Source(file, stream, "utf-8-sig")
        for line in _lines(source):
            walker.line(line)
    kept = {"creationInfo": {"created": walker.created}}
    if source.broken or walker.in_text:
        raise BrokenOff(walker.progress.open, kept)
    walker.end()
    return kept


def _lines(source: Source) -> Iterator[str]:
    tail = b""
    while block := source.read(1):
        lines = (tail + block).split(b"\n")
        tail = lines.pop()
        for line in lines:
            yield line.decode()
        if lines:
            source.since = 0
    yield tail.decode()


class _Walker:
    """Puts the tags of a record together. Between `<text>` and `</text>` (``in_text``) nothing is a tag."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.created: str | None = None
        self.in_text = False
        self._record: dict[str, Any] | None = None

    def line(self, line: str) -> None:
        """The next line."""
        if self.in_text:
            self.in_text = "</text>" not in line
        elif tag := _TAG.match(line):
            value = tag[2].strip()
            self.in_text = value.startswith("<text>") and "</text>" not in value
            self._tag(tag[1], value.removeprefix("<text>").partition("</text>")[0].strip())

    def end(self) -> None:
        """The record that has begun is complete."""
        if self._record is not None:
            self.progress.end(self._record)
            self._record = None

    def _tag(self, tag: str, value: str) -> None:
        if tag == "PackageName":
            self._begin("package", {"name": value})
        elif tag in _OTHERS:
            self._begin(_OTHERS[tag], {})
        elif tag == "Relationship":
            self.end()
            one, kind, other, *_ = [*value.split(), "", "", ""]
            self._begin("relationship", {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other})
            self.end()
        elif tag == "Created":
            self.created = value
        elif self._record is not None and len(value) <= MOST_TEXT:
            self._of_package(self._record, tag, value)

    def _begin(self, kind: str, record: dict[str, Any]) -> None:
        self.end()
        self.progress.begin(kind)
        self._record = record

    def _of_package(self, record: dict[str, Any], tag: str, value: str) -> None:
        if tag in _PLAIN:
            record.setdefault(_PLAIN[tag], value)
        elif tag == "PackageVerificationCode":
            record["packageVerificationCode"] = {"packageVerificationCodeValue": value}
        elif tag == "PackageChecksum":
            self.progress.keep(1)
            algorithm, _, digits = value.partition(":")
            record.setdefault("checksums", []).append({"algorithm": algorithm.strip(), "checksumValue": digits.strip()})
        elif tag == "ExternalRef":
            self.progress.keep(1)
            _, kind, locator, *_ = [*value.split(), "", "", ""]
            record.setdefault("externalRefs", []).append({"referenceType": kind, "referenceLocator": locator})
