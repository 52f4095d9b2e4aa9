"""Findings held against labels: hits, misses and false alarms of each category."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from corpora import ANY, Label, Text

#: What was found in each text, in the order of the texts.
Findings = Sequence[Sequence["Span"]]


@dataclass(frozen=True)
class Span:
    """Something found: where in the bytes of a text, how surely, and by what."""

    category: str
    start: int
    end: int
    score: float
    by: str


@dataclass
class Tally:
    """How often a category was found where it is, missed, and found where it isn't."""

    hits: int = 0
    misses: int = 0
    alarms: int = 0
    #: Hits whose span is the label's to the byte.
    exact: int = 0

    @property
    def precision(self) -> float:
        """The share of findings that are right; 1 where nothing was found, for nothing was wrong."""
        return self.hits / (self.hits + self.alarms) if self.hits + self.alarms else 1.0

    @property
    def recall(self) -> float:
        """The share of labels that were found."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.hits / (2 * self.hits + self.misses + self.alarms) if self.hits else 0.0


@dataclass
class Score:
    """The tallies of categories, the labels found and all labels by kind of number, and what went wrong."""

    categories: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    found: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[str, str, Text, int, int, str]] = field(default_factory=list)


def same(span: Span, label: Label) -> bool:
    """Whether a finding is of the label's category and shares with it more than half of the longer of the two."""
    return label.category in (span.category, ANY) and _shared(span, label) * 2 > max(
        span.end - span.start, label.end - label.start
    )


def _shared(span: Span, other: Label | Span) -> int:
    return min(span.end, other.end) - max(span.start, other.start)


def _excused(span: Span, label: Label) -> bool:
    """Whether a finding is neither right nor wrong, since it lies for the most part on a label that doesn't count."""
    return label.category in (span.category, ANY) and _shared(span, label) * 2 > span.end - span.start


def score(texts: Iterable[Text], findings: Findings, counts: Callable[[Label], bool] = lambda label: True) -> Score:
    """Hold findings against the labels of texts; a label that ``counts`` refuses is neither a hit nor a miss."""
    result = Score()
    for text, spans in zip(texts, findings, strict=True):
        counted = [label for label in text.labels if label.counts and counts(label)]
        excused = [label for label in text.labels if label not in counted]
        for label in counted:
            tally = result.categories[label.category]
            by = [span for span in spans if same(span, label)]
            result.labelled[label.kind] += 1
            if by:
                tally.hits += 1
                tally.exact += any((span.start, span.end) == (label.start, label.end) for span in by)
                result.found[label.kind] += 1
            else:
                tally.misses += 1
                result.errors.append(("missed", label.category, text, label.start, label.end, label.kind))
        for span in apart(spans, lambda a, b: a.category == b.category):
            if any(same(span, label) for label in counted) or any(_excused(span, label) for label in excused):
                continue
            result.categories[span.category].alarms += 1
            result.errors.append(("false alarm", span.category, text, span.start, span.end, span.by))
    return result


def apart(spans: Sequence[Span], rivals: Callable[[Span, Span], bool]) -> list[Span]:
    """The surest, then longest, of those that overlap and are rivals."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (-s.score, s.start - s.end, s.start)):
        if not any(_shared(span, other) > 0 and rivals(span, other) for other in kept):
            kept.append(span)
    return kept


def best(texts: Sequence[Text], variants: Iterable[Findings], counts: Callable[[Label], bool]) -> Mapping[str, Tally]:
    """For each category the tally with the best F1, over variants of findings and over all thresholds of scores."""
    best: dict[str, Tally] = {}
    for findings in variants:
        for threshold in sorted({span.score for spans in findings for span in spans}):
            surer = [[span for span in spans if span.score >= threshold] for spans in findings]
            for category, tally in score(texts, surer, counts).categories.items():
                if category not in best or tally.f1 > best[category].f1:
                    best[category] = tally
    return best
