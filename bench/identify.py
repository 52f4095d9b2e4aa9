"""How well and how fast personal data is found, beside Presidio on the same texts in the same run, on one core.

    python bench/identify.py

The labelled texts are corpora of others (bench/corpora.py) and texts made by us (bench/made.py), kept apart. Presidio
runs without a model, with all its pattern recognisers of all countries (bench/rival.py); for each category it is taken
at its best: whatever threshold and way of taking its findings gives the highest F1. It is timed as it comes, which is
faster. Results go to bench/identify.json, a list of {name, value, unit}, and into docs/explanation/detection.md.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import corpora
import made
import rival
from corpora import Label, Text, width
from page import machine, rewrite, shown, table
from scoring import Findings, Span, Tally, best, score

from comity.categories import broader
from comity.identify import Identifier, Piece
from comity.identify.context import in_words
from comity.identify.fields import by_name

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "explanation" / "detection.md"

#: Of three thousand identities, one in so many is looked at for hits and misses.
EVERY = 5
#: How many seconds Presidio is timed.
SECONDS = 20

#: What is measured; what is found is counted under the nearest of these that is the same or broader.
MEASURED = set(rival.CATEGORIES.values()) | set(corpora.COLUMNS.values()) | {"UID"}


def measured(category: str) -> str:
    """The nearest category that is measured, or the category itself where there is none."""
    level = [category]
    while level:
        if found := MEASURED.intersection(level):
            return min(found)
        level = [above for term in level for above in broader().get(term, ())]
    return category


def ours(identifier: Identifier, text: Text) -> list[Span]:
    """What Comity finds in a text and by the name of its field."""
    data = text.text.encode()
    matches, _ = identifier.scanner.find(data, text.field)
    spans = [Span(measured(m.detector.category), m.start, m.end, m.confidence, m.detector.name) for m in matches]
    if text.field:
        spans += [
            Span(measured(n.category), 0, len(data), n.confidence, n.detector) for n in by_name(text.field, text.text)
        ]
    return spans


@dataclass(frozen=True)
class Compared:
    """A category in some texts: the tally of Comity; of Presidio at its best and as it is, if it knows the category."""

    category: str
    comity: Tally
    presidio: Tally | None = None
    returned: Tally | None = None

    @property
    def below(self) -> bool:
        """Whether Presidio is better."""
        return self.presidio is not None and self.comity.f1 < self.presidio.f1


def compare(texts: Sequence[Text], mine: Findings, theirs: Findings) -> Iterator[Compared]:
    """Every category that the texts have labels of, and official numbers of kinds that both know once more."""
    yield from _compared(texts, mine, theirs, lambda label: True)
    for row in _compared(texts, mine, theirs, lambda label: label.kind in rival.KNOWS):
        if row.category == "OfficialID":
            yield replace(row, category="OfficialID, kinds known to both")


def _compared(
    texts: Sequence[Text], mine: Findings, theirs: Findings, counts: Callable[[Label], bool]
) -> Iterator[Compared]:
    variants = list(rival.variants(theirs))
    at_best, returned = best(texts, variants, counts), score(texts, variants[0], counts).categories
    for category, tally in sorted(score(texts, mine, counts).categories.items()):
        labels = tally.hits + tally.misses
        if labels and category in rival.CATEGORIES.values():
            yield Compared(category, tally, at_best.get(category, Tally(misses=labels)), returned[category])
        elif labels:
            yield Compared(category, tally)


def speed(find: Callable[[Text], object], texts: Sequence[Text], seconds: float = float("inf")) -> tuple[int, float]:
    """How many texts are done, in order, until the time is up, and MB/s of this process, whatever else runs."""
    began, size, done = time.process_time(), 0, 0
    for text in texts:
        find(text)
        size += width(text.text)
        done += 1
        if time.process_time() - began > seconds:
            break
    return done, size / 1e6 / (time.process_time() - began)


def speeds(identifier: Identifier) -> dict[str, float]:
    """MB/s over texts of others, each once, in one order, after a warm-up with texts of ours; and what is how fast."""
    texts = [text for text in corpora.of_others(every=1) if text.corpus in ("sentences", "chinese", "rows")]
    random.Random(made.SEED).shuffle(texts)
    as_it_comes, widest = rival.engine(widest=False), rival.engine(widest=True)
    sides: dict[str, Callable[[Text], object]] = {
        "find": lambda text: identifier.scanner.find(text.text.encode()),
        "read": lambda text: identifier.read([Piece("", text.text)]),
        "presidio": lambda text: as_it_comes.analyze(text.text, language="en"),
        "presidio_widest": lambda text: widest.analyze(text.text, language="en"),
    }
    for side in sides.values():
        speed(side, list(made.by_us())[::20])
    sample, presidio = speed(sides["presidio"], texts, SECONDS)
    on_sample = speed(sides["find"], texts[:sample])[1]
    return {
        "identify_mb_per_second": speed(sides["find"], texts)[1],
        "identify_read_mb_per_second": speed(sides["read"], texts)[1],
        "presidio_mb_per_second": presidio,
        "presidio_all_recognisers_mb_per_second": speed(sides["presidio_widest"], texts, SECONDS)[1],
        "speed_over_presidio": on_sample / presidio,
    }


def results(rows: Mapping[str, Sequence[Compared]], timed: Mapping[str, float]) -> list[dict[str, Any]]:
    """Everything that was measured by name; categories of texts made by us end in ``_made``."""
    found: list[dict[str, Any]] = [
        {"name": name, "value": round(value, 4), "unit": "times its speed" if "over" in name else "MB/s"}
        for name, value in timed.items()
    ]
    for where, compared in rows.items():
        below = sum(row.below for row in compared)
        found.append({"name": f"f1_below_presidio_categories{where}", "value": below, "unit": "categories"})
        for row in compared:
            name = re.sub(r"\W+", "_", row.category).lower() + where
            found.append({"name": f"identify_f1_{name}", "value": round(row.comity.f1, 4), "unit": "F1"})
            if row.presidio:
                found.append({"name": f"presidio_f1_{name}", "value": round(row.presidio.f1, 4), "unit": "F1"})
    return found


def accuracy(compared: Iterable[Compared]) -> str:
    """A table of hits and misses."""
    of_one = ["precision", "recall", "F1", "exact"]
    head = ["category", "values", *of_one, *(f"Presidio: {name}" for name in of_one), "F1 as returned"]
    lines = []
    for row in compared:
        mine, theirs = row.comity, row.presidio
        numbers = [*_shares(mine), *(_shares(theirs) if theirs else [None] * 4), row.returned and row.returned.f1]
        lines.append([row.category, mine.hits + mine.misses, *map(shown, numbers)])
    return table(head, lines)


def _shares(tally: Tally) -> list[float | None]:
    exact = tally.exact / tally.hits if tally.hits else None
    return [tally.precision, tally.recall, tally.f1, exact]


def throughput(timed: Mapping[str, float]) -> str:
    """A table of speeds."""
    sides = {
        "Comity, the scanner": "identify_mb_per_second",
        "Comity, with all that is encoded": "identify_read_mb_per_second",
        "Presidio as it comes": "presidio_mb_per_second",
        "Presidio with all recognisers": "presidio_all_recognisers_mb_per_second",
    }
    return table(["", "MB/s"], [[side, f"{timed[name]:.3f}"] for side, name in sides.items()])


def main() -> None:
    """Measure, print, write."""
    if not corpora.DATA.exists():
        sys.exit(f"nothing was measured: the labelled corpora are not at {corpora.DATA}")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    identifier, widest = Identifier(), rival.engine(widest=True)
    timed = speeds(identifier)
    rows: dict[str, list[Compared]] = {}
    per_corpus: list[list[object]] = []
    for where, texts in (("", list(corpora.of_others(EVERY))), ("_made", list(made.by_us()))):
        mine = [ours(identifier, text) for text in texts]
        theirs = [rival.find(widest, text, in_words(text.field)) for text in texts]
        rows[where] = list(compare(texts, mine, theirs))
        per_corpus += by_corpus(texts, mine, theirs)
    parts = [
        machine(["hyperscan", "phonenumbers", "python-stdnum", "presidio-analyzer", "spacy"]),
        f"On the same {SECONDS} seconds' worth of texts Comity is {timed['speed_over_presidio']:.0f} times as fast as"
        " Presidio as it comes.",
        throughput(timed),
        "Corpora of others:",
        accuracy(rows[""]),
        "Texts made by us:",
        accuracy(rows["_made"]),
        "F1 by corpus, where both know the category:",
        table(["corpus and category", "values", "Comity", "Presidio"], per_corpus),
    ]
    figures = "\n\n".join(parts)
    print(figures)
    rewrite(PAGE, figures, "make bench-identify")
    (HERE / "identify.json").write_text(json.dumps(results(rows, timed), indent=1) + "\n")


def by_corpus(texts: Sequence[Text], mine: Findings, theirs: Findings) -> Iterator[list[object]]:
    """F1 of both sides in each corpus by itself."""
    for corpus in dict.fromkeys(text.corpus for text in texts):
        chosen = [number for number, text in enumerate(texts) if text.corpus == corpus]
        parts = ([side[number] for number in chosen] for side in (texts, mine, theirs))
        for row in compare(*parts):
            if row.presidio:
                values = row.comity.hits + row.comity.misses
                yield [f"{corpus}: {row.category}", values, shown(row.comity.f1), shown(row.presidio.f1)]


if __name__ == "__main__":
    main()
