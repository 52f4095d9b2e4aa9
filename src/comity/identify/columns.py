"""What a column of a table is: its name and a sample of its values, weighed together.

One value proves little: every tenth number passes a checksum of one digit. Of a column it matters how many of its
values a detector confirms, and whether it would confirm as many of the same values with other digits. That second
scan, the *control*, tells real numbers from those that pass by chance, and makes a weak detector sure of a column.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from comity.identify.content import Detection, Identifier
from comity.identify.fields import Named, beside, by_name, names_say
from comity.identify.layers import layers
from comity.identify.masking import masked
from comity.identify.model import THRESHOLD, Detector, Match
from comity.identify.nested import Pieces, shown_name
from comity.identify.personas import PLANTED
from comity.identify.scanner import Scanner

#: A column is what so many of its values are; with a word for it in the name, fewer do.
_MOST_OF_IT = 0.6
_SOME_OF_IT = 0.2

#: Values are counted as people where so many of them stand for one: the others are not, such as `guest`.
_NEARLY_ALL = 0.95

#: Free text holds something where more than a handful of its values do.
_HANDFUL = 5

#: So many values are looked at where each costs time: in the control (but for rare finds), by the name of the column,
#: beside others, by weak detectors at first and after that.
_CONTROL = 300
_NAMED = 200
_GLANCE = 20
_FIRST_LOOK = 10
_LOOK = 1_000

#: What a detector finds by chance it finds in the control at least a third as often.
_CHANCE = 1 / 3

#: A weak detector needs values that differ, and odds of a million to one against chance (in logarithms).
_DISTINCT = 20
_ODDS = math.log(1e6)

#: How sure it is that a whole column passes a checksum for a reason, and that free text means what stands in it.
_PASSED = 0.9
_IN_PASSING = 0.8

_LAST_DIGITS = re.compile(r"\d(?!\d)")
_BREAKS = re.compile(r"[\r\n]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FREE_TEXT_WORDS = 4

#: So many fields of cells that are JSON are told apart.
_FIELDS = 500


@dataclass(frozen=True)
class Column:
    """What was found in a column; ``people`` says that its values stand for a person each."""

    detections: tuple[Detection, ...] = ()
    people: bool = False
    whole: bool = True

    @property
    def categories(self) -> frozenset[str]:
        """The categories of its data."""
        return frozenset(detection.category for detection in self.detections)


@dataclass(frozen=True)
class _Evidence:
    """What speaks for a category: how much of the column, how surely, and a value as an example."""

    category: str
    detector: str
    confidence: float
    share: float
    value: str
    person: bool
    disguise: str = ""


def judge_columns(identifier: Identifier, columns: Mapping[str, Sequence[str]]) -> dict[str, Column]:
    """What the columns of a table are, by their names and samples of their values: each beside the others.

    Those whose names have a path before them (``user.name``) stand beside those of the same path.
    """
    records: dict[str, list[beside.Field]] = defaultdict(list)
    for name, values in columns.items():
        records[_path(name)].append((name, [value for value in values[:_GLANCE] if value]))
    said_of = {path: beside.said_of(record) for path, record in records.items()}
    return {name: judge_column(identifier, name, values, said_of[_path(name)]) for name, values in columns.items()}


def _path(name: str) -> str:
    return name.rpartition(".")[0]


def judge_column(identifier: Identifier, name: str, values: Sequence[str], said_of: str = "") -> Column:
    """What a column of that name is, by a sample of its values that are not null.

    ``said_of`` is what the columns beside it are said of, as ``beside.said_of`` tells. ``whole`` is false where a part
    of the sample was not scanned.
    """
    lines = [line for value in values if (line := _BREAKS.sub(" ", value).strip())]
    if not lines:
        return Column()
    column = _judged(identifier, name, lines, said_of)
    if sum(line[0] in "{[" for line in lines) >= _MOST_OF_IT * len(lines) and (inner := _inner(name, lines)):
        return _opened(column, judge_columns(identifier, inner).values())
    return column


def _inner(name: str, lines: Sequence[str]) -> dict[str, list[str]]:
    """The fields of cells that are JSON, by their paths, with their values."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        cell = Pieces()
        if cell.json(line, "", name):
            for piece in cell.pieces:
                if piece.field != name and (piece.field in found or len(found) < _FIELDS):
                    found[piece.field].append(str(piece.value))
    return found


def _opened(column: Column, inner: Iterable[Column]) -> Column:
    """What cells hold by their fields, and besides what only the cells as texts tell. No cell stands for a person."""
    detections = [detection for each in inner for detection in each.detections]
    told = {detection.category for detection in detections}
    detections += [detection for detection in column.detections if detection.category not in told]
    detections.sort(key=lambda detection: (-detection.confidence, detection.category, detection.field))
    return Column(tuple(detections), False, column.whole and all(each.whole for each in inner))


def _judged(identifier: Identifier, name: str, lines: Sequence[str], said_of: str) -> Column:
    """What a column is by its values as they are, none empty."""
    text = "\n".join(lines).encode("utf-8", "replace")
    hits, whole = _hits(identifier.scanner, name, lines)
    found = [*_scanned(identifier.scanner, name, lines, hits), *_weak(identifier.scanner, name, lines, hits)]
    found += [*_named(name, lines, said_of), *_within(identifier, name, text, len(lines))]
    best: dict[str, _Evidence] = {}
    for evidence in sorted(found, key=lambda e: (-e.confidence, e.detector)):
        best.setdefault(evidence.category, evidence)
    people = any(evidence.person and evidence.share >= _NEARLY_ALL for evidence in found)
    shown = shown_name(name) or "(its name is a value)"
    detections = tuple(
        Detection(e.category, e.detector, round(e.confidence, 2), shown, f"column {shown}{e.disguise}", masked(e.value))
        for e in sorted(best.values(), key=lambda e: (-e.confidence, e.category))
    )
    return Column(detections, people, whole)


def _hits(scanner: Scanner, name: str, lines: Sequence[str]) -> tuple[dict[Detector, dict[int, Match]], bool]:
    """What the scanner finds in all values at once: of each detector its first match by the number of the value."""
    encoded = [line.encode("utf-8", "replace") for line in lines]
    starts = [0]
    for line in encoded:
        starts.append(starts[-1] + len(line) + 1)
    matches, whole = scanner.find(b"\n".join(encoded), name)
    hits: dict[Detector, dict[int, Match]] = defaultdict(dict)
    for match in matches:
        hits[match.detector].setdefault(bisect_right(starts, match.start) - 1, match)
    return hits, whole


def _scanned(
    scanner: Scanner, name: str, lines: Sequence[str], hits: dict[Detector, dict[int, Match]]
) -> Iterator[_Evidence]:
    """What enough values hold, for which chance is no explanation."""
    if not hits:
        return
    few = any(len(found) < _MOST_OF_IT * len(lines) for found in hits.values())
    tried = len(lines) if few else _CONTROL
    control, _ = _hits(scanner, name, [_other_digits(line) for line in lines[:tried]])
    said = {named.category for named in names_say(name)}
    settled = _settled(lines, hits)
    for detector, found in hits.items():
        if _by_chance({number for number in found if number < tried}, set(control.get(detector, ()))):
            continue
        share = len(found) / len(lines)
        example = max(found.values(), key=lambda match: match.confidence)
        confidence = example.confidence
        wanted = _SOME_OF_IT if detector.category in said else _MOST_OF_IT
        if share < wanted:
            in_passing = len(found) > _HANDFUL and (_in_free_text(lines, found) or not (detector.digits or settled))
            if not in_passing or confidence * _IN_PASSING < THRESHOLD:
                continue
            confidence *= _IN_PASSING
        yield _Evidence(detector.category, detector.name, confidence, share, example.value, detector.person)


def _settled(lines: Sequence[str], hits: dict[Detector, dict[int, Match]]) -> bool:
    """Whether one detector knows most of the values."""
    return any(len(found) >= _MOST_OF_IT * len(lines) for found in hits.values())


def _by_chance(here: set[int], there: set[int]) -> bool:
    """Whether other digits pass as often, though not in the same values: a checksum that some pass anyway."""
    return len(here & there) < len(here) / 2 and len(there) > len(here) * _CHANCE


def _in_free_text(lines: Sequence[str], found: dict[int, Match]) -> bool:
    """Whether what was found mostly stands among words."""
    among = sum(len(_WORD.findall(lines[n].replace(match.value, ""))) >= _FREE_TEXT_WORDS for n, match in found.items())
    return among > len(found) / 2


def _other_digits(line: str) -> str:
    """A value like this one with other digits: the last of each run is changed."""
    return _LAST_DIGITS.sub(lambda digit: str((int(digit[0]) + 3) % 10), line)


def _weak(
    scanner: Scanner, name: str, lines: Sequence[str], hits: dict[Detector, dict[int, Match]]
) -> Iterator[_Evidence]:
    """Detectors that are not sure of one value, and are of a whole column."""
    values = list(dict.fromkeys(lines))[:_LOOK]
    if len(values) < _DISTINCT or _settled(lines, hits):
        return
    for detector in scanner.detectors:
        if detector.alone >= THRESHOLD or detector in hits:
            continue
        if sum(_fits(detector, value) for value in values[:_FIRST_LOOK]) < _MOST_OF_IT * min(_FIRST_LOOK, len(values)):
            continue
        fitting = [value for value in values if _fits(detector, value)]
        share = len(fitting) / len(values)
        chance = sum(_fits(detector, _other_digits(value)) for value in values) / len(values)
        if share >= _MOST_OF_IT and _odds(share, max(chance, 0.1)) * len(values) > _ODDS:
            yield _Evidence(detector.category, detector.name, _PASSED, share, fitting[0], detector.person)


def _fits(detector: Detector, value: str) -> bool:
    """Whether a whole value is what a detector looks for."""
    match = detector.whole.fullmatch(value.encode("utf-8", "replace"))
    if match is None or (detector.digits and sum(map(str.isdigit, value)) not in detector.digits):
        return False
    return detector.confirms(match[1].decode("utf-8", "replace"))


def _odds(share: float, chance: float) -> float:
    """By how much each value speaks against chance: the divergence of what is from what chance would bring."""
    if share <= chance:
        return 0
    rest = (1 - share) * math.log((1 - share) / (1 - chance)) if share < 1 else 0
    return share * math.log(share / chance) + rest


def _named(name: str, lines: Sequence[str], said_of: str) -> Iterator[_Evidence]:
    """What the name says, where values of that shape are no exception."""
    values = list(dict.fromkeys(lines))[:_NAMED]
    told: dict[str, list[tuple[Named, str]]] = defaultdict(list)
    for value in values:
        for named in by_name(name, value, said_of):
            told[named.category].append((named, value))
    for category, said in told.items():
        share = len(said) / len(values)
        named, value = max(said, key=lambda item: item[0].confidence)
        if share >= _SOME_OF_IT:
            yield _Evidence(category, named.detector, named.confidence, share, value, named.person)


def _within(identifier: Identifier, name: str, text: bytes, count: int) -> Iterator[_Evidence]:
    """Planted values found again, and what so many values hold encoded."""
    for layer in layers(text):
        disguise = layer.disguise
        for planted in identifier.personas.find(layer.text) if identifier.personas else ():
            yield _Evidence(planted.category, planted.detector, PLANTED, 0, planted.value, False, disguise)
        held: dict[Detector, list[Match]] = defaultdict(list)
        for match in identifier.scanner.find(layer.text, name)[0] if disguise else ():
            held[match.detector].append(match)
        for detector, found in held.items():
            if len(found) >= _SOME_OF_IT * count:
                best = max(found, key=lambda match: match.confidence)
                yield _Evidence(detector.category, detector.name, best.confidence, 0, best.value, False, disguise)
