"""Runs of digits: what in a text is written like a number, and the parts of it that may be numbers of their own."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from comity.identify.model import Detector

#: No part of a word or of a longer number, no amount of dollars, nothing below zero; an extension (`x12`) may follow.
_WHOLE = re.compile(
    rb"(?<![0-9A-Za-z$])(?<![=:,(\[ ]-)[+(]{0,2}\d++(?:[ .\-/()]{1,2}\d++)*(?![0-9A-Za-wyz]|x(?!\d)|[.\-/]\d)"
)
_LETTERS = b"0123456789 .-/()+"
_LONGEST = 96
#: A group of digits with the signs that open it.
_GROUP = re.compile(rb"([+(]{0,2})(\d+)")
#: A number has no more groups, and what has many more is no number.
_MOST_GROUPS, _TOO_MANY_GROUPS = 8, 24
#: What joins groups so closely that a part of them means nothing.
_GLUE = frozenset((b".", b"-"))

Span = tuple[int, int]


def proposal(least: int) -> str:
    """What Hyperscan looks for: the end of a group, after so many digits with two separators between them at most."""
    return rf"\d(?:[ .\-/()]{{0,2}}\d){{{least - 1}}}\d*[^0-9]"


def length(text: bytes, end: int) -> int:
    """How many bytes a run has up to a place, or as many as the longest number: it has no more digits."""
    return end - start_of(text, max(0, end - _LONGEST), end, _LETTERS)


def runs(text: bytes, covered: int, end: int) -> Iterator[Span]:
    """The runs up to a place where one ends, from behind what was covered before."""
    first, last = start_of(text, max(covered, end - _LONGEST), end, _LETTERS), end + _LONGEST
    for run in _WHOLE.finditer(text, first, last):
        start, stop = run.span()
        if stop == last and text[stop : stop + 1].isdigit():
            stop = text.rfind(b" ", start, stop)  # A number is cut off here; the next look begins with it.
        if stop > start:
            yield start, stop
        if stop >= end:
            return


def parts(text: bytes, run: Span, counts: frozenset[int]) -> Iterator[tuple[Span, int]]:
    """The parts of a run that have as many digits as someone asks for, and how many that are."""
    if text[slice(*run)].isdigit():
        if run[1] - run[0] in counts:
            yield run, run[1] - run[0]
        return
    groups = list(_GROUP.finditer(text, *run))
    spans = [group.span(2) for group in groups]
    if len(groups) > _TOO_MANY_GROUPS or sum(end - start for start, end in spans) < min(counts):
        return
    between = [b"", *(text[one[1] : next[0]] for one, next in pairwise(spans)), b""]
    final = len(groups) - 1
    for first, group in enumerate(groups):
        if between[first] in _GLUE:
            continue
        digits = 0
        for last in range(first, min(first + _MOST_GROUPS, final + 1)):
            start, end = spans[last]
            digits += end - start
            # Several groups amid others are no number, nor are those of a path.
            alone = (not first or last == final) and between[first] != b"/" != between[last + 1]
            if digits in counts and between[last + 1] not in _GLUE and (alone or first == last):
                # A bracket before the number belongs to it if it is closed inside, a plus always does.
                opened = group[1] and (b"+" in group[1] or text.find(b")", group.end(), end) >= 0)
                yield (group.start(1 if opened else 2), end), digits


def start_of(text: bytes, first: int, end: int, letters: bytes) -> int:
    """Where the row of certain letters begins that ends at a place, or ``first`` if that comes later."""
    return first + len(text[first:end].rstrip(letters))


class Layouts:
    """How detectors want numbers written, by the number of digits: one expression with a group for each detector."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        self._detectors: dict[int, list[Detector]] = defaultdict(list)
        for detector in detectors:
            for count in detector.digits:
                self._detectors[count].append(detector)
        self.counts = frozenset(self._detectors)
        self._expression = functools.cache(self._compiled)

    def of(self, text: bytes, span: Span, digits: int) -> list[Detector]:
        """The detectors that want a number of so many digits written as it stands there."""
        asked = self._expression(digits).match(text, *span)
        if not asked or not asked.lastindex:
            return []
        fits = zip(self._detectors[digits], asked.groups(), strict=True)
        return [detector for detector, group in fits if group is not None]

    def _compiled(self, digits: int) -> re.Pattern[bytes]:
        asked = (rf"(?:(?=(?:{detector.pattern})\Z)())?" for detector in self._detectors[digits])
        return re.compile("".join(asked).encode())
