"""SPDX 2.2 and 2.3 (JSON, tag and value, XML, YAML, RDF) and 3.0 (JSON-LD): what a product is made of.

Specifications: https://spdx.github.io/spdx-spec/ (2.2.1 is ISO/IEC 5962). The one package that a document describes is
a `product`, each other package a `component`.

Documents are parsed as streams and read as plain values. `spdx-tools` 0.8.5 refuses a whole document for a fraction of
a second in `created` or one package without a download location (three of four among Trivy's test data), needs 133 ms
for a package as tag and value, and does not know SPDX 3. It reads RDF here.

A document is read twice: what it describes may stand behind the packages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from comity.evidence._documents import top_keys
from comity.evidence._sbom_json import walk_json, walk_value
from comity.evidence._sbom_rows import Positions, Rows, read_document
from comity.evidence._sbom_source import Emit
from comity.evidence._sbom_xml import walk_xml, xml_head
from comity.evidence._sbom_yaml import walk_yaml
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.spdx import meaning as spdx2
from comity.evidence.spdx import spdx3_meaning as spdx3
from comity.evidence.spdx.meaning import COLUMNS
from comity.evidence.spdx.rdf import rdf_document
from comity.evidence.spdx.tagvalue import walk_tag_value

NAME = "spdx"
TITLE = "SPDX: bill of materials of a product (SBOM)"
SUPPLIES = {kind: frozenset(columns) for kind, columns in COLUMNS.items()}

_POSITIONS = Positions(("document", "package", "element", "file", "snippet", "licence", "relationship"))

_TAG_VALUE = re.compile(r"(?:[ \t]*(?:#[^\n]*|[A-Z]\w*:[^\n]*)?\r?\n)*SPDXVersion:[ \t]*SPDX-")
_YAML = re.compile(r"""^["']?spdxVersion["']?[ \t]*:[ \t]*["']?SPDX-""", re.MULTILINE)
_XML = re.compile(r"<Document\b[^>]*>.*<(?:SPDXID|spdxVersion)>SPDX", re.DOTALL)
_RDF = re.compile(r"""<(?:\w+:)?RDF\b[^>]*["']http://spdx\.org/rdf/terms#?["']""")


def recognise(head: Head) -> bool:
    """Whether it is SPDX in any of its syntaxes."""
    return _syntax(head) is not None


def where(position: int) -> str:
    """The record: `package 12` is the twelfth in the document, `element 12` that of the graph of an SPDX 3 document."""
    return _POSITIONS.where(position)


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read a document: first what it describes, then package by package."""
    syntax = _syntax(file.head)
    document, shapes = (spdx3.Graph(), spdx3) if syntax == "graph" else (spdx2.Document(), spdx2)
    walk = _walker(file, syntax)
    reading = Reading(NAME)
    rows = Rows(reading, file, tables, COLUMNS, _POSITIONS, document.fact)
    return read_document(reading, rows, document, partial(walk, shapes.SURVEY), partial(walk, shapes.CONTENT))


def _syntax(head: Head) -> str | None:
    keys = top_keys(head)
    text = head.text
    if xml := xml_head(head):
        return "xml" if _XML.search(xml) else "rdf" if _RDF.search(xml) else None
    if "@graph" in keys and ("spdx.org/rdf/3" in text or '"spdxId"' in text):
        return "graph"
    if {"SPDXID", "spdxVersion"} & keys or ("sbom" in keys and '"SPDXID"' in text):
        return "json"
    if _TAG_VALUE.match(text):
        return "tag-value"
    return "yaml" if not keys and _YAML.search(text) else None


def _walker(file: EvidenceFile, syntax: str | None) -> Callable[[dict[str, Any], Emit], dict[str, Any]]:
    """What walks through the file: given a shape, and what to do with a record."""
    if syntax == "rdf":
        held = rdf_document(file)
        return lambda shape, emit: walk_value(file, held, shape, emit)
    return {
        "xml": lambda shape, emit: walk_xml(file, "Document", shape, emit, _local_name, wrapped=False),
        "tag-value": lambda _, emit: walk_tag_value(file, emit),
        "yaml": lambda shape, emit: walk_yaml(file, shape, emit),
        "graph": lambda shape, emit: walk_json(file, shape, emit),
        "json": lambda shape, emit: _walk_json(file, shape, emit),
    }[syntax or ""]


def _walk_json(file: EvidenceFile, shape: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """GitHub gives the document within an object of its own."""
    kept = walk_json(file, {**shape, "sbom": shape}, emit)
    inner = kept.get("sbom")
    return inner if isinstance(inner, dict) else kept


def _local_name(name: str) -> str:
    return name.rpartition(" ")[2]
