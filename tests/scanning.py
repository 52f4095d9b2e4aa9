"""What the scanner finds in a text with all detectors, for tests of one family or another."""

from __future__ import annotations

from comity.identify.detectors import detectors
from comity.identify.scanner import Scanner

SCANNER = Scanner(detectors())


def found(text: str, field: str = "") -> list[tuple[str, str]]:
    """Category and value of each match."""
    matches, whole = SCANNER.find(text.encode(), field)
    assert whole
    return [(match.detector.category, match.value) for match in matches]


def values(category: str, text: str, field: str = "") -> list[str]:
    """The values of one category."""
    return [value for one, value in found(text, field) if one == category]
