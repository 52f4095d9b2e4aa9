"""Which capabilities a finding shows: by the scanner's own rule, by CWE and ATT&CK, by a code written on the rule.

The table ``capabilities.csv`` has a row for each term, with its source and the day on which that was looked at.
A row without capability says that a scanner's rule shows none, whatever weakness it is filed under.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from comity.vocabulary import CAPABILITIES

_TABLE = Path(__file__).parent / "capabilities.csv"

_CWE = re.compile(r"\bCWE[-_:/ ]?0*(\d{1,5})\b", re.IGNORECASE)
_TECHNIQUE = re.compile(r"\bT1\d{3}(?:\.\d{3})?\b", re.IGNORECASE)


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def _standard(scheme: str) -> dict[str, set[str]]:
    terms: dict[str, set[str]] = {}
    for row in _rows():
        if row["scanner"] == scheme:
            terms.setdefault(row["rule"], set()).add(row["capability"])
    return terms


def by_scanner(scanner: str, names: Iterable[str]) -> frozenset[str] | None:
    """What the table says of a scanner's rule, known by any of some names; None where it says nothing."""
    scanner, names = scanner.casefold(), [name.casefold() for name in names] or [""]
    found = [
        row["capability"]
        for row in _rows()
        if fnmatchcase(scanner, row["scanner"]) and any(fnmatchcase(name, row["rule"].casefold()) for name in names)
    ]
    return frozenset(filter(None, found)) if found else None


def by_term(term: str) -> frozenset[str]:
    """What a tag, or the name of a weakness or a technique, stands for: `CWE-798`, `T1056.001`, `remote-control`."""
    techniques = (technique.upper() for technique in _TECHNIQUE.findall(term))
    found = [_standard("ATT&CK").get(name) for whole in techniques for name in (whole, whole.partition(".")[0])]
    found += [_standard("CWE").get(number) for number in _CWE.findall(term)]
    own = {term} & CAPABILITIES.keys()
    return frozenset(own.union(*filter(None, found)))
