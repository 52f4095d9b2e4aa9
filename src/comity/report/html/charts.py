"""The charts of a page: the map of flows and the time line, as specifications for Vega, and the script that draws them.

Charts are made from plain data. What comes out of evidence stands in the data of a specification and nowhere else: no
expression, name of a field or option is made of it. In a page:

    <div data-chart="map"></div>
    <script type="application/json" data-spec="map">{{ script_json(map_chart(arcs, language)) }}</script>
    <script>{{ javascript() }}</script>                 {# once, after all of them; `style()` goes into the head #}

All texts are written in Python, in the language of the page; the rest Vega writes by the locale in `usermeta`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import get_day_names, get_month_names, get_period_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from comity.judge.judgement import GRADES
from comity.report.html.grades import GRADE
from comity.report.languages import LANGUAGES, Language
from comity.report.words import visible

_HERE = Path(__file__).parent

#: A specification, of Vega or of Vega-Lite: plain data.
Spec = dict[str, Any]

FONT = 'system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'
INK, SOFT, LINE, LAND = "#1c2024", "#4d545b", "#d5d9dd", "#e9ebed"

#: Words that charts say beside those for grades.
FROM, TO, FLOWS, VOLUME, PARTIES, GRAVEST = "From", "To", "Flows", "Volume", "Recipients", "Gravest"
NOT_KNOWN, AND_MORE, BEGINS, ENDS = "not known", "and %(n)s more", "comes into force", "ends"
MAP_TOLD = "Map of flows between %(places)s jurisdictions; the table below says the same"
TIME_TOLD = "Flows over time by the gravest that any rule says; the table below says the same"
PART_OF, WHEN = "of all flows then", "When"
WORDS = (
    *(FROM, TO, FLOWS, VOLUME, PARTIES, GRAVEST, NOT_KNOWN, AND_MORE, BEGINS, ENDS, MAP_TOLD, TIME_TOLD, PART_OF, WHEN),
)

#: How months and days stand at an axis.
_DATES: Mapping[str, Mapping[str, str]] = {
    "en": {"month": "%b %Y", "day": "%-d %b"},
    "ru": {"month": "%b %Y", "day": "%-d %b"},
    "vi": {"month": "%-m/%Y", "day": "%-d/%-m"},
    "zh-Hans": {"month": "%Y年%-m月", "day": "%-m月%-d日"},
}


@dataclass(frozen=True)
class Look:
    """How a grade is drawn: told apart by colour (after Okabe and Ito), by lightness and by dashes."""

    colour: str
    dash: tuple[float, ...]
    ink: str = "#ffffff"


LOOKS: Mapping[str, Look] = dict(
    zip(
        GRADES,
        (
            Look("#a4001d", ()),
            Look("#e69f00", (14, 4), INK),
            Look("#8a3b7e", (9, 3, 2, 3)),
            Look("#0072b2", (6, 4)),
            Look("#2aa889", (2, 2.5), INK),
            Look("#b8bec4", (1.5, 6), INK),
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class Arc:
    """Flows from one jurisdiction to another (None where it is not known), counted by grade."""

    origin: str | None
    target: str | None
    counts: Mapping[str, int]
    bytes: int | None = None
    parties: tuple[str, ...] = ()
    more: int = 0

    @property
    def grade(self) -> str:
        """The gravest."""
        return gravest(self.counts)

    @property
    def count(self) -> int:
        """How many flows."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Bar:
    """Flows from a day up to another (exclusive), counted by grade."""

    start: date
    end: date
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Mark:
    """A day on which law came into force, or ended."""

    day: date
    title: str
    begins: bool = True


def gravest(grades: Iterable[str]) -> str:
    """The gravest of some grades."""
    return min(grades, key=GRADES.index, default=GRADES[-1])


def graded(grade: str, language: Language) -> str:
    """A grade with its mark, in the words of the language; the domain of every scale of grades."""
    return f"{GRADE[grade].mark} {language.say(GRADE[grade].words)}"


def counted(counts: Mapping[str, int], language: Language) -> str:
    """How many of each grade, from the gravest."""
    known = sorted((name for name in counts if counts[name]), key=GRADES.index)
    return "; ".join(f"{graded(name, language)}: {language.number(counts[name])}" for name in known)


def shown(text: str, longest: int = 60) -> str:
    """A text out of evidence, inert and short."""
    told = visible(text)
    return told if len(told) <= longest else f"{told[: longest - 1]}…"


def dates(language: Language) -> Mapping[str, str]:
    """How a month and a day stand at an axis, as d3 writes it."""
    return _DATES[language.tag]


def usermeta(language: Language) -> Spec:
    """What makes Vega write numbers and dates as the language does: locales of d3, made from CLDR."""
    locale = Locale.parse(LANGUAGES[language.tag])
    months, days = get_month_names("wide", "stand-alone", locale), get_day_names("wide", "stand-alone", locale)
    short_months = get_month_names("abbreviated", "format", locale)
    short_days = get_day_names("abbreviated", "format", locale)
    periods, week = get_period_names("abbreviated", "format", locale), (6, 0, 1, 2, 3, 4, 5)
    time = {
        "dateTime": "%x %X",
        "date": "%Y-%m-%d",
        "time": "%H:%M:%S",
        "periods": [periods["am"], periods["pm"]],
        "days": [days[n] for n in week],
        "shortDays": [short_days[n] for n in week],
        "months": [months[n] for n in range(1, 13)],
        "shortMonths": [short_months[n] for n in range(1, 13)],
    }
    number = {
        "decimal": get_decimal_symbol(locale),
        "thousands": get_group_symbol(locale),
        "grouping": [3],
        "currency": ["", ""],
    }
    return {"embedOptions": {"formatLocale": number, "timeFormatLocale": time}}


def script_json(value: Any) -> str:
    """A value as JSON that may stand in a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def style() -> str:
    """What a page's style sheet has to say for charts and their tooltips; Vega brings none of its own here."""
    return (_HERE / "charts.css").read_text(encoding="utf-8")


@functools.cache
def javascript() -> str:
    """Vega, Vega-Lite, the interpreter of their expressions and the drawing of charts, as one script.

    It comes out of vl-convert, which carries them; it takes seconds to put together.
    """
    import altair  # both here, as they cost time and only pages need them
    import vl_convert

    version = ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    drawing = (_HERE / "charts.js").read_text(encoding="utf-8")
    script: str = vl_convert.javascript_bundle(drawing, vl_version=version)
    if "</script" in script.lower() or "<!--" in script:
        raise AssertionError("the script can't stand in a page")
    return f"(() => {{{script}\n}})();"
