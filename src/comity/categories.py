"""Categories of data: the terms of the Data Privacy Vocabulary's extension for personal data, DPV-PD 2.3.

``categories.csv`` holds each term with the terms that are broader (https://w3id.org/dpv/pd, version 2.3 of 2026; the
names are the vocabulary's own). What a law calls a category is told in its pack, in these terms.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from pathlib import Path

TABLE = Path(__file__).parent / "categories.csv"


@functools.cache
def broader() -> Mapping[str, tuple[str, ...]]:
    """Every term with the terms directly above it; those outside the extension (`PersonalData`) have no entry."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["term"]: tuple(row["broader"].split()) for row in csv.DictReader(file)}


@functools.cache
def narrower(term: str) -> frozenset[str]:
    """A term with all the terms below it."""
    below = (narrower(name) for name, above in broader().items() if term in above)
    return frozenset((term,)).union(*below)
