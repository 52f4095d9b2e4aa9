"""SPDX 2 as RDF/XML, by `spdx-tools`, in the words of its JSON."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from comity.evidence._documents import whole
from comity.evidence._sbom_xml import must_have_no_doctype
from comity.evidence.base import EvidenceFile

#: The library holds the graph of the whole document: more is not given to it.
MOST_BYTES = 16 << 20

_HELP = "convert it to SPDX's JSON"

#: What may stand in a reason and is personal.
_PERSONAL = re.compile(r"Person:.*|\S+@\S+")


def rdf_document(file: EvidenceFile) -> Any:
    """The document as its JSON would say it, packages by their ids. Raises ``EvidenceError`` where it is refused."""
    content = whole(file, MOST_BYTES, _HELP)
    must_have_no_doctype(file, content)
    try:
        with _silence():
            document = _converted(content)
    except (Exception, SystemExit) as error:  # what the libraries do on hostile input is not bounded
        reason = _reason(error)
        raise file.error(f"`{file.path}` is no SPDX document in RDF: {reason}", help=_HELP) from None
    # A graph has no order of its own.
    document["packages"] = sorted(document.get("packages", ()), key=lambda package: str(package["SPDXID"]))
    return document


def _converted(content: bytes) -> dict[str, Any]:
    import rdflib
    from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
    from spdx_tools.spdx.parser.rdf.rdf_parser import translate_graph_to_document

    graph = rdflib.Graph().parse(io.BytesIO(content), format="xml")
    converter = DocumentConverter()  # type: ignore[no-untyped-call]
    document: dict[str, Any] = converter.convert(translate_graph_to_document(graph))
    return document


def _reason(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "its `SpdxDocument` is missing, not the only one or without a namespace"
    lines = str(error).splitlines() or [type(error).__name__]
    return _PERSONAL.sub("…", lines[0])[:200]


@contextmanager
def _silence() -> Iterator[None]:
    """The libraries log what they find in the document."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)
