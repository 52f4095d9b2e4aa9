"""What single values of an SBOM mean, whatever its format: texts, instants, purls, checksums, organisations.

The grammar is that of libraries: `packageurl` for purls, `cyclonedx-python-lib` for the names of hash algorithms and
the spelling of SPDX licence ids. They are imported when they are needed, since other evidence goes without them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

from comity.evidence._sbom_source import MOST_TEXT

#: What both formats say of a component, in the order of its row.
COMPONENT_COLUMNS = (
    *("at", "product", "purl", "name", "version", "supplier.name", "supplier.role", "type"),
    *("hashes", "licences", "verified", "vulnerabilities", "worst_severity"),
)

#: Severities from the least to the worst.
SEVERITIES = ("low", "medium", "high", "critical")

_HEXADECIMAL = re.compile("[0-9A-Fa-f]{8,128}")

#: Counts of what was found and not taken, by what is to be said of it.
Notes = Counter[str]

_NOT_GIVEN = {"", "NOASSERTION", "NONE"}

#: Sums that guard against accidents alone, and hashes for which other content with the same value can be made.
_NO_PROOF = ("ADLER32:", "CRC32:", "MD2:", "MD4:")


def text(value: Any) -> str | None:
    """A text on one line without what is not printable; None where nothing is said, or it is no such text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        return None
    line = value.strip()
    if not line.isprintable():
        line = " ".join("".join(letter if letter.isprintable() else " " for letter in line).split())
    return None if line in _NOT_GIVEN else line


def member(value: Any, *names: str) -> Any:
    """What an object has under a name, and that under the next one; None where something else stands there."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The members of a list that are objects."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def instant(value: Any, what: str, notes: Notes) -> str | None:
    """A moment in time (RFC 3339); without an offset from UTC it is not known. ``what`` it is stands in the note."""
    if value is None:
        return None
    with suppress(TypeError, ValueError, OverflowError):
        time = datetime.fromisoformat(value.strip() if isinstance(value, str) else value)
        if time.tzinfo is not None:
            return time.astimezone(UTC).isoformat()
    notes[f"{what} is no time with an offset from UTC: not known"] += 1
    return None


def purl(value: Any, notes: Notes) -> tuple[str | None, list[str]]:
    """A package URL as it is written, and the checksums it has within; None where it is none."""
    from packageurl import PackageURL

    written = text(value)
    if written is None:
        return None, []
    try:
        parsed = PackageURL.from_string(written)
    except ValueError:
        notes["purl that is no package URL: not taken"] += 1
        return None, []
    within = [parsed.version] if parsed.type in ("oci", "docker") else []
    qualifiers = parsed.qualifiers
    if isinstance(qualifiers, dict) and "checksum" in qualifiers:
        within += qualifiers["checksum"].split(",")
    pairs = (digest.split(":", 1) for digest in within if digest and ":" in digest)
    return written, checksums(pairs, Counter())


def checksums(pairs: Iterable[Iterable[Any]], notes: Notes) -> list[str]:
    """`SHA-256:…` of each pair of algorithm and value, in hexadecimal digits; what is none is counted in ``notes``."""
    found = []
    for name, value in pairs:
        if not isinstance(name, str) or not isinstance(value, str):
            continue
        digits = value.strip()
        if _HEXADECIMAL.fullmatch(digits):
            found.append(f"{_algorithm(name)}:{digits.lower()}")
        else:
            notes["hash that is no hexadecimal number: not taken"] += 1
    return found


def proves(hashes: Iterable[str]) -> bool:
    """Whether one of the checksums can prove what a file is."""
    return any(not value.startswith(_NO_PROOF) for value in hashes)


@cache
def _algorithm(name: str) -> str:
    key = re.sub("[-_ ]", "", name).upper()
    return _algorithms().get(key, key[:20])


@cache
def _algorithms() -> dict[str, str]:
    from cyclonedx.model import HashAlgorithm

    names = [*(algorithm.value for algorithm in HashAlgorithm), "SHA-224"]
    return {name.replace("-", "").upper(): name for name in names}


@cache
def licence(value: str) -> str:
    """A licence id as SPDX spells it, whatever the case; anything else as it is."""
    from cyclonedx.spdx import fixup_id

    return fixup_id(value) or value


def organisation(value: Any, notes: Notes) -> str | None:
    """The name of an organisation. A name with an e-mail address is a contact, and may be a person: not taken."""
    name = text(value)
    if name and "@" in name:
        notes["supplier given as a contact with an e-mail address: may be a person, not taken"] += 1
        return None
    return name
