"""The findings of a page: each with what filters look for, and the choices that filters offer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from comity.categories import AND_MORE
from comity.checking import Judgement
from comity.judge.judgement import Finding
from comity.report.html.grades import GRADE, Grade
from comity.report.telling import Told, tell

#: A filter offers no more values than these, those of the most findings; words find the others.
_MOST_VALUES = 300

#: What a filter offers: its name, and for each value the number of findings that have it.
Choices = dict[str, Counter[str]]


@dataclass(frozen=True)
class Row:
    """A finding, the names of its place on the page and of that of its exceptions, and what it is looked for by.

    Many findings lack the same of the same exceptions: these stand on the page once.
    """

    told: Told
    anchor: str
    ways: str
    places: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def grade(self) -> Grade:
        """How grave it is."""
        return GRADE[self.told.finding.severity]


def rows(judgement: Judgement) -> list[Row]:
    """All findings that are listed, the gravest first."""
    found: list[Row] = []
    before: Counter[str] = Counter()
    ways: dict[Hashable, str] = {}
    for finding in judgement.findings:
        before[finding.id] += 1
        # Two versions of a rule in turn give findings with one id.
        anchor = f"f-{finding.id[:12]}" + (f"-{before[finding.id]}" if before[finding.id] > 1 else "")
        told = tell(judgement, finding)
        alike = ways.setdefault((finding.pack, told.ways), f"w-{len(ways) + 1}") if told.ways else ""
        found.append(Row(told, anchor, alike, _places(finding), _categories(finding)))
    return found


def exceptions(found: Sequence[Row]) -> list[tuple[str, Told]]:
    """The exceptions of findings, each once: their place on the page, and a finding that has them."""
    return list({row.ways: row.told for row in reversed(found) if row.ways}.items())[::-1]


def _places(finding: Finding) -> tuple[str, ...]:
    return tuple(sorted({place for name in ("from", "to") if (place := finding.facets[name])}))


def _categories(finding: Finding) -> tuple[str, ...]:
    """What is known of the data, and what was found in the records shown."""
    data = finding.situation.get(f"{finding.about}.data") or ()
    found = (detection.category for each in finding.evidence for detection in each.found)
    return tuple(sorted({*data, *found} - {AND_MORE}))


def choices(found: Sequence[Row]) -> Choices:
    """The values that findings have, by filter."""
    read: dict[str, Callable[[Row], Iterable[str]]] = {
        "word": lambda row: (row.told.word,),
        "pack": lambda row: (row.told.finding.pack,),
        "rule": lambda row: (row.told.finding.rule,),
        "place": lambda row: row.places,
        "party": lambda row: filter(None, (row.told.finding.facets["recipient"],)),
        "category": lambda row: row.categories,
    }
    counts = {name: Counter(value for row in found for value in values(row)) for name, values in read.items()}
    return {name: Counter(dict(count.most_common(_MOST_VALUES))) for name, count in counts.items()}
