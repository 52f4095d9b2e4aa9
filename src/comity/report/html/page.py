"""The page: what fills its templates. What comes out of evidence is escaped: a host name may hold a script."""

from __future__ import annotations

import base64
import hashlib
import platform
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from comity.checking import Judgement
from comity.profile import FILE_NAME
from comity.report.html import findings, summary, tables
from comity.report.html.charts import Arc, Bar, Mark, javascript, script_json, style
from comity.report.html.compare import compare
from comity.report.html.flow_map import drawn, map_chart, source
from comity.report.html.grades import GRADE
from comity.report.html.time_line import time_chart
from comity.report.html.times import Month, timeline
from comity.report.html.wording import FILTERS, Wording
from comity.report.languages import Language
from comity.report.words import PLURALS, meaning, settles, subject

TEMPLATES = Path(__file__).parent / "templates"

#: Packages whose versions a page names.
_PACKAGES = ("duckdb", "cel-expr-python", "hyperscan")

#: Controls, marks of direction and other letters that nobody sees; spaces and what joins letters are none.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def render(judgement: Judgement, tag: str = "en") -> str:
    """The page in a language, one of ``LANGUAGES``. The same judgement gives the same bytes."""
    language = Language(tag)
    environment = _environment(language)
    return environment.get_template("report.html").render(_context(judgement, language)) + "\n"


def _environment(language: Language) -> Environment:
    environment = Environment(
        finalize=_inert,
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.filters["coded"] = _coded
    environment.install_gettext_translations(language.translations)  # type: ignore[attr-defined]
    return environment


def _context(judgement: Judgement, language: Language) -> dict[str, Any]:
    wording, titles = Wording(language), _Titles(judgement, language)
    rows, routes, months = findings.rows(judgement), tables.routes(judgement), timeline(judgement)
    arcs = [_arc(route) for route in routes]
    charts = _charts(arcs, months, language)
    # Filters first: nobody waits for charts who does not look at them.
    scripts = [_file("report.js"), *([_file("later.js")] if charts else [])]
    drawing = Markup(javascript()) if charts else None  # noqa: S704 - ours, and Vega's
    return {
        "judgement": judgement,
        "lang": language,
        "count": language.count,
        "grades": list(GRADE.values()),
        "value": wording.value,
        "meaning": wording.meaning,
        "settles": partial(settles, say=language.say),
        "within": wording.within,
        "titled": titles.of,
        "kinds": [wording.kind(kind.facts, kind.kind) for kind in judgement.kinds],
        "files": sum(1 for record in judgement.evidence if record.reading),
        "months": summary.months(judgement),
        "totals": _totals(rows),
        "worst": [_shown(row, titles, wording, language) for row in summary.worst(rows)],
        "packs": summary.packs(judgement),
        "wanted": [_wanted(row, language) for row in summary.gaps(judgement)],
        "routes": routes,
        "measured": all(route.whole for route in routes),
        "evidence": [r for r in judgement.evidence if not r.note or Path(r.path).name != FILE_NAME],
        "moot": sum(kind.facts - sum(row.count for row in kind.traffic) for kind in judgement.kinds if kind.traffic),
        "undated": sum(kind.undated for kind in judgement.kinds),
        "undrawn": sum(arc.count for arc in arcs) - sum(arc.count for arc in drawn(arcs)),
        "outlines": source(),
        "charts": charts,
        "timeline": months,
        "jurisdictions": tables.jurisdictions(judgement),
        "shorts": {pack.id: pack.short for pack in judgement.shown_packs},
        "holdings": tables.holdings(judgement),
        "findings": [_shown(row, titles, wording, language) for row in rows],
        "exceptions": [
            (anchor, titles.of(told.finding.pack, told.finding.title), told.finding.pack, told.ways)
            for anchor, told in findings.exceptions(rows)
        ],
        "filters": _filters(judgement, language, rows),
        "compared": compare(judgement),
        "versions": [("Python", platform.python_version()), *((name, version(name)) for name in _PACKAGES)],
        "style": _file("style.css") + Markup(style()),  # noqa: S704 - ours
        "scripts": scripts,
        "drawing": drawing,
        "script_hashes": Markup(" ".join(map(_hash, filter(None, [*scripts, drawing])))),  # noqa: S704 - hashes
    }


def _arc(route: tables.Route) -> Arc:
    counts = {grade.name: number for grade, number in route.cell.counts}
    return Arc(route.origin, route.target, counts, route.bytes if route.whole else None, route.parties, route.more)


def _charts(arcs: Sequence[Arc], months: Sequence[Month], language: Language) -> Mapping[str, Markup]:
    """What the charts are drawn from, by name; a chart of nothing is none."""
    marks = [Mark(change.day, change.pack.short, change.begins) for month in months for change in month.changes]
    specifications = {
        **({"map": map_chart(arcs, language)} if drawn(arcs) else {}),
        **({"time": time_chart(list(map(_bar, months)), marks, language)} if months else {}),
    }
    return {name: Markup(script_json(spec)) for name, spec in specifications.items()}  # noqa: S704 - made for scripts


def _bar(month: Month) -> Bar:
    first = date.fromisoformat(f"{month.month}-01")
    return Bar(first, (first + timedelta(days=32)).replace(day=1), month.counts)


class _Titles:
    """Titles of packs in the language of the page."""

    def __init__(self, judgement: Judgement, language: Language) -> None:
        self._packs, self._tag = {pack.id: pack for pack in judgement.law.packs}, language.tag

    def of(self, pack: str, title: str) -> str:
        """A title of a pack."""
        return self._packs[pack].title_in(self._tag, title)


def _coded(text: str) -> Markup:
    """A text of ours in which what stands between backticks is code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(text.split("`"))
    )


def _inert(value: Any) -> Any:
    """What is shown, with letters spelt out that are not seen, or that turn around what is."""
    if type(value) is not str or not _UNSEEN.search(value):
        return value
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], value)


def _file(name: str) -> Markup:
    """A file of ours as it is: it holds nothing out of evidence."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704


def _hash(script: str) -> str:
    """What the page's policy knows a script by, so that no other can run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _totals(rows: Iterable[findings.Row]) -> list[tuple[Any, str, int]]:
    """How many findings are called what, from the gravest: the grade, the word, the number."""
    counts = Counter((row.told.finding.severity, row.told.word) for row in rows)
    order = list(PLURALS)
    return [(GRADE[name], word, n) for (name, word), n in sorted(counts.items(), key=lambda i: order.index(i[0][1]))]


def _shown(row: findings.Row, titles: _Titles, wording: Wording, language: Language) -> Mapping[str, Any]:
    """A finding with what names it in the language: title, subject, how much of it there is, the instrument."""
    finding = row.told.finding
    return {
        **vars(row),
        "grade": row.grade,
        "title": titles.of(finding.pack, finding.title),
        "instrument": titles.of(finding.pack, row.told.instrument),
        "subject": subject(finding, language.say),
        "extent": wording.extent(finding),
        "count": wording.kind(finding.count, finding.about),
    }


def _wanted(row: summary.Gap, language: Language) -> Mapping[str, Any]:
    return {**vars(row), "meaning": meaning(row.attribute), "settles": settles(row.attribute, language.say)}


def _in_order(filter: str, counts: Counter[str]) -> list[tuple[str, int]]:
    """The values of a filter: words from the gravest, all else by the alphabet."""
    order = list(PLURALS)
    return sorted(counts.items(), key=lambda item: (order.index(item[0]) if filter == "word" else 0, item[0]))


def _filters(judgement: Judgement, language: Language, rows: Iterable[findings.Row]) -> list[tuple[str, str, Any]]:
    """The filters: name, label, and the values with the words for them."""
    found = findings.choices(list(rows))
    say, number = language.say, language.number
    packs = {pack.id: pack.title_in(language.tag, pack.title) for pack in judgement.law.packs}
    words: Mapping[str, Callable[[str], str]] = {
        "word": say,
        "pack": packs.__getitem__,
        "place": lambda code: f"{code} {language.place(code)}",
    }
    return [
        (
            name,
            say(label),
            [(value, f"{words.get(name, str)(value)} ({number(n)})") for value, n in _in_order(name, found[name])],
        )
        for name, label in FILTERS.items()
    ]
