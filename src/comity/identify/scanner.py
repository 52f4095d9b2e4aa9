"""The scanner: Hyperscan proposes where something may stand, detectors confirm it, context says how sure it is.

Hyperscan looks for all patterns in one pass and tells where a match ends. Around that place the pattern of one detector
is matched once more for its exact extent. Numbers are proposed by a pattern of their own, see `comity.identify.runs`.
What means nothing without context is looked for in a second pass, where words of such a context were found at all.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import hyperscan

from comity.identify.context import AFTER, BEFORE, MOST_WORDS, NOTHING, Contexts, Said, Words
from comity.identify.expressions import Expressions
from comity.identify.model import THRESHOLD, Detector, Match
from comity.identify.runs import Layouts, Span, length, parts, proposal, runs, start_of

#: A text that proposes more than this is hostile or no text: what comes after is not scanned.
MOST_PROPOSALS = 200_000

#: No word of context ends farther before the end of a value, or farther behind it.
_BEFORE, _BEHIND = BEFORE + 48, AFTER

#: More digits than any number has.
_NEVER = 1 << 30


@dataclass(frozen=True)
class _Text:
    """A text under the scanner, the words of context in it, and what the name of its field says."""

    bytes: bytes
    words: Words
    field: Said


class _Patterns:
    """What some detectors look for, as one database of Hyperscan. Number 0 is a run of digits.

    ``numbers`` are the expressions that propose runs; ``layouts`` say by number of context, 0 for none, which detectors
    want which.
    """

    def __init__(self, detectors: Sequence[Detector], numbers: set[str], layouts: dict[int, Layouts]) -> None:
        self.written = [detector for detector in detectors if not detector.digits]
        self.layouts = layouts
        written = [(detector.proposal, number) for number, detector in enumerate(self.written, 1)]
        self._expressions = Expressions([*((number, 0) for number in numbers), *written], hyperscan.HS_FLAG_DOTALL)

    def find(self, text: bytes) -> list[tuple[int, int]]:
        """Where something ends that a pattern, by its number, may want; in order, and no more than so many."""
        # Each asks for a byte after what it wants.
        return [(end - 1, number) for end, number in self._expressions.ends(text, MOST_PROPOSALS)]


class Scanner:
    """Finds the values that some detectors look for. It is compiled when it is first used."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        self.detectors = tuple(detectors)
        self._unsure = [d for d in self.detectors if d.context and d.alone < THRESHOLD <= d.near]

    @functools.cached_property
    def _contexts(self) -> Contexts:
        return Contexts(detector.context for detector in self.detectors)

    @functools.cached_property
    def _patterns(self) -> _Patterns:
        """What needs no context. Few numbers are written as these detectors want them: each layout is looked for."""
        sure = [detector for detector in self.detectors if detector.alone >= THRESHOLD]
        return _Patterns(sure, {detector.proposal for detector in sure if detector.digits}, {0: Layouts(sure)})

    @functools.cached_property
    def _patterns_in_context(self) -> _Patterns:
        """What needs a context. Any run that is long enough may be what it speaks of."""
        counted: dict[int, list[Detector]] = defaultdict(list)
        for detector in self._unsure:
            if detector.digits:
                counted[self._contexts.numbers[detector.context]].append(detector)
        layouts = {context: Layouts(detectors) for context, detectors in counted.items()}
        least = min((min(layout.counts) for layout in layouts.values()), default=64)
        return _Patterns(self._unsure, {proposal(least)}, layouts)

    @functools.cached_property
    def _needed(self) -> frozenset[int]:
        """The contexts that some detector can't do without."""
        return frozenset(self._contexts.numbers[detector.context] for detector in self._unsure)

    @functools.cached_property
    def _written(self) -> dict[int, list[int]]:
        """By context: the numbers of the patterns that can't do without it."""
        written: dict[int, list[int]] = defaultdict(list)
        for number, detector in enumerate(self._patterns_in_context.written, 1):
            written[self._contexts.numbers[detector.context]].append(number)
        return written

    @functools.cached_property
    def _least(self) -> dict[int, int]:
        """How many digits the shortest number has that a context speaks of."""
        return {context: min(layouts.counts) for context, layouts in self._patterns_in_context.layouts.items()}

    def find(self, text: bytes, field: str = "") -> tuple[list[Match], bool]:
        """What stands in a text, in order, none overlapping another; ``field`` is the name of what holds the text.

        The second value says whether the text was scanned to its end.
        """
        read = _Text(text, self._contexts.find(text), self._contexts.of_name(field))
        whole = len(read.words.cores) < MOST_WORDS
        proposals = self._patterns.find(text)
        found = self._matches(read, self._patterns, proposals)
        whole = whole and len(proposals) < MOST_PROPOSALS
        near, all_near = self._in_context(read)
        found += self._matches(read, self._patterns_in_context, near) if near else []
        return _apart(found), whole and all_near

    def _in_context(self, text: _Text) -> tuple[list[tuple[int, int]], bool]:
        """What patterns that need a context propose near a word of such a context, and whether that is all."""
        places = self._contexts.places(text.bytes, text.words, self._needed)
        if not places and not text.field.contexts & self._needed:
            return [], True
        proposals = self._patterns_in_context.find(text.bytes)
        # By pattern the places of all words that speak of it, or None where the field does.
        spoken: dict[int, Sequence[int] | None] = {n: places[c] for c in places for n in self._written.get(c, ())}
        spoken |= {n: None for c in text.field.contexts for n in self._written.get(c, ())}
        long_enough = self._long_enough(text, places)
        near = [
            (end, number)
            for end, number in proposals
            if (number in spoken and _is_near(end, spoken[number]) if number else long_enough(end))
        ]
        return near, len(proposals) < MOST_PROPOSALS

    def _long_enough(self, text: _Text, places: Mapping[int, Sequence[int]]) -> Callable[[int], bool]:
        """Whether a run that ends at a place may be as long as a number that something near it speaks of.

        It is much quicker to see than what exactly is said: near `visa` most runs are too short for a card.
        """
        by_field = min((self._least[context] for context in self._least.keys() & text.field.contexts), default=_NEVER)
        spoken = self._least.keys() & places.keys()
        leasts = sorted((place, self._least[context]) for context in spoken for place in places[context])

        def answer(end: int) -> bool:
            least, place = by_field, bisect_left(leasts, (end - _BEFORE + 1,))
            while place < len(leasts) and leasts[place][0] <= end + _BEHIND:
                least, place = min(least, leasts[place][1]), place + 1
            return least < _NEVER and length(text.bytes, end) >= least

        return answer

    def _matches(self, text: _Text, patterns: _Patterns, proposals: Sequence[tuple[int, int]]) -> list[Match]:
        """Each value that a detector confirms. What was looked at once is not looked at for the same detector again."""
        found: list[Match] = []
        covered = [0] * (len(patterns.written) + 1)
        for end, number in proposals:
            if end <= covered[number]:
                continue
            if not number:
                for run in runs(text.bytes, covered[0], end):
                    covered[0] = run[1]
                    self._run(text, patterns, run, found)
                covered[0] = max(covered[0], end)
                continue
            detector = patterns.written[number - 1]
            first, last = max(covered[number], end - detector.longest), end + detector.longest
            if detector.letters:
                first = start_of(text.bytes, first, end, detector.letters)
            value = detector.whole.search(text.bytes, first, last)
            covered[number] = value.end(1) if value else last
            if value:
                self._value(text, detector, value, found)
        return found

    def _value(self, text: _Text, detector: Detector, value: re.Match[bytes] | None, found: list[Match]) -> None:
        """A value that is written like those of a detector. The words after one may look like more of it."""
        known = len(found)
        while value:
            self._judge(text, (detector,), value.span(1), None, found)
            cut = text.bytes.rfind(b" ", *value.span(1))
            if len(found) > known or cut < 0:
                return
            value = detector.whole.match(text.bytes, value.start(), cut)

    def _run(self, text: _Text, patterns: _Patterns, run: Span, found: list[Match]) -> None:
        """The numbers in a run of digits."""
        said = None
        chosen = [patterns.layouts[0]] if 0 in patterns.layouts else []
        if not chosen:
            said = self._said(text, run)
            chosen = [patterns.layouts[context] for context in said.contexts if context in patterns.layouts]
        for layouts in chosen:
            for span, digits in parts(text.bytes, run, layouts.counts):
                if fitting := layouts.of(text.bytes, span, digits):
                    said = said or self._said(text, run)
                    self._judge(text, fitting, span, said, found)

    def _said(self, text: _Text, span: Span) -> Said:
        near = self._contexts.around(text.bytes, text.words, *span)
        if text.field is NOTHING:
            return near
        contexts = text.field.contexts | near.contexts
        return Said(contexts, (near.other or text.field.other) and not contexts)

    def _judge(
        self, text: _Text, detectors: Iterable[Detector], span: Span, said: Said | None, found: list[Match]
    ) -> None:
        """Keeps a candidate for each of the detectors that confirms it and is sure enough."""
        value = text.bytes[slice(*span)].decode("utf-8", "replace")
        for detector in detectors:
            confidence, confirmed = detector.alone, False
            if confidence >= THRESHOLD:  # Context takes longer to see than most that is confirmed.
                if not detector.confirms(value):
                    continue
                confirmed = True
            if detector.context:
                said = said or self._said(text, span)
                if self._contexts.numbers[detector.context] in said.contexts:
                    confidence = max(confidence, detector.near)
                elif said.other:
                    continue
            if confirmed or (confidence >= THRESHOLD and detector.confirms(value)):
                found.append(Match(detector, *span, value, confidence))


def _is_near(end: int, places: Sequence[int] | None) -> bool:
    """Whether one of some places, in order, is no farther before the end of a value or behind it than words may be."""
    if places is None:
        return True
    place = bisect_left(places, end + _BEHIND + 1)
    return place > 0 and places[place - 1] > end - _BEFORE


def _apart(matches: list[Match]) -> list[Match]:
    """The surest of those that overlap, the longest of equals; in order."""
    kept: list[Match] = []
    starts: list[int] = []
    for match in sorted(matches, key=lambda m: (-m.confidence, m.start - m.end, m.start, m.detector.name)):
        place = bisect_left(starts, match.end)
        if place and kept[place - 1].end > match.start:
            continue
        starts.insert(place, match.start)
        kept.insert(place, match)
    return kept
