"""CSAF 2.0 and 2.1: security advisories and VEX documents of makers, coordinators and finders.

Specification: https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html. Every vulnerability that concerns a
product is an `advisory`, one for each maker that it concerns:

    cve, else ids, else document.tracking.id   id
    vendor in the product tree                 provider.name
    product name in the product tree           product, where there is one only
    release_date (2.1: disclosure_date)        published; else the first release of a document that is open to all
    document.tracking.initial_release_date     users_told, where the maker publishes the document, open to all
    discovery_date                             discovered
    involvements of the vendor, open           aware: the vendor acknowledged that it knows
    remediations                               remedies; remedy_available where every fix has its date
    scores, metrics                            severity, the worst
    first_known_exploitation_dates             exploited
"""

from __future__ import annotations

from typing import Any

from comity.evidence._documents import load_json
from comity.evidence._json_values import Notes, head_events, text, within
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.csaf.vulnerability import ATTRIBUTES, Document, NotAnAdvisory

NAME = "csaf"
TITLE = "CSAF security advisory: vulnerabilities made known, and what is offered against them"

SUPPLIES = {"advisory": frozenset(ATTRIBUTES)}

_COLUMNS = ("file", "position", *ATTRIBUTES)
_VERSIONS = ("2.0", "2.1")
_BATCH = 5_000

#: A position holds the number of the vulnerability and, in its last bits, that of the maker within it.
_MAKER_BITS = 12


def recognise(head: Head) -> bool:
    """A JSON object whose `document` has a `csaf_version`."""
    found = set()
    for prefix, event, value in head_events(head):
        if event == "map_key" and prefix == "document":
            found.add(value)
        if "csaf_version" in found:
            return True
    # Long notes may stand before the version.
    return not head.whole and found >= {"publisher", "tracking"}


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the vulnerabilities of a document. Raises ``EvidenceError`` for broken JSON and other versions of CSAF."""
    content = load_json(file)
    version = text(within(content, "document", "csaf_version"))
    if version not in _VERSIONS:
        said = f"CSAF {version[:20]}" if version else "CSAF of an unknown version"
        raise file.error(f"{said} is not read", help=f"`csaf_version` is one of {', '.join(_VERSIONS)}")
    reading, notes = Reading(NAME), Notes()
    document = Document(content, notes)
    vulnerabilities = content.get("vulnerabilities") or []
    if not vulnerabilities or not isinstance(vulnerabilities, list):
        reading.notes.append("the document tells of no vulnerability")
        return reading
    rows: list[tuple[Any, ...]] = []
    for number, vulnerability in enumerate(vulnerabilities):
        position = number << _MAKER_BITS
        try:
            told = list(document.advisories(vulnerability, where(position)))
        except NotAnAdvisory as reason:
            reading.skip(where(position), str(reason))
            continue
        if len(told) >> _MAKER_BITS:
            reading.skip(where(position), f"concerns more than {1 << _MAKER_BITS:,} makers")
            continue
        reading.read += 1
        rows += [(file.number, position + maker, *advisory) for maker, advisory in enumerate(told)]
        if len(rows) >= _BATCH:
            tables.append("advisory", _COLUMNS, rows)
            rows.clear()
    tables.append("advisory", _COLUMNS, rows)
    reading.notes += notes.lines()
    return reading


def where(position: int) -> str:
    """The vulnerability as a JSON pointer (RFC 6901)."""
    return f"/vulnerabilities/{position >> _MAKER_BITS}"
