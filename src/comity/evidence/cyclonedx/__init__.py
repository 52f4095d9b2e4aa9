"""CycloneDX 1.0 to 1.7, JSON and XML: what a product is made of, and what is known of its vulnerabilities.

Specification: https://cyclonedx.org/specification/overview/ (ECMA-424). The thing that a document is about is a
`product`, each component (nested ones too) and each service a `component`, each vulnerability an `advisory`.

Documents are parsed as streams and read as plain values. `cyclonedx-python-lib` 11 builds a model of the whole
document: of Keycloak's components that took 1.8 ms each and 1.6 GB for 20,000 (JSON), 3.3 ms each (XML), and one
licence without id or name, one `type` or hash algorithm beyond its list, one malformed purl, refuses the document.
What is grammar is left to libraries all the same: see `_sbom_values`.

A document is read twice: what it is about and which vulnerabilities are open may stand behind the components.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from comity.evidence._documents import top_keys
from comity.evidence._sbom_json import walk_json
from comity.evidence._sbom_rows import Positions, Rows, read_document
from comity.evidence._sbom_source import Emit
from comity.evidence._sbom_xml import walk_xml, xml_head
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.cyclonedx.meaning import COLUMNS, Document
from comity.evidence.cyclonedx.shapes import CONTENT, SURVEY, local_name

NAME = "cyclonedx"
TITLE = "CycloneDX: bill of materials of a product, its vulnerabilities (SBOM, SaaSBOM, HBOM, VEX)"
SUPPLIES = {kind: frozenset(columns) for kind, columns in COLUMNS.items()}

_POSITIONS = Positions(("metadata.component", "component", "service", "vulnerability"))

_ROOT = re.compile(r"""<(?:[\w.-]+:)?bom\b[^>]*["']http://cyclonedx\.org/schema/bom/""")


def recognise(head: Head) -> bool:
    """A JSON object with `bomFormat`, or XML whose root is `bom` of CycloneDX's namespace."""
    return "bomFormat" in top_keys(head) or _ROOT.search(xml_head(head)) is not None


def where(position: int) -> str:
    """The record: `component 12` is the twelfth in the document, wherever it is nested."""
    return _POSITIONS.where(position)


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read a document: first what it is about and its vulnerabilities, then record by record."""
    reading, document = Reading(NAME), Document()
    rows = Rows(reading, file, tables, COLUMNS, _POSITIONS, document.fact)
    return read_document(reading, rows, document, partial(_walk, file, SURVEY), partial(_walk, file, CONTENT))


def _walk(file: EvidenceFile, shape: dict[str, Any], emit: Emit) -> dict[str, Any]:
    if xml_head(file.head):
        return walk_xml(file, "bom", shape, emit, local_name, wrapped=True)
    return walk_json(file, shape, emit)
