"""The time line: flows by the gravest that any rule says, and the days on which law came into force or ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import TYPE_CHECKING

from comity.judge.judgement import GRADES
from comity.report.html import charts
from comity.report.html.charts import LOOKS, Bar, Mark, Spec, graded, shown
from comity.report.html.grades import GRADE
from comity.report.languages import Language

if TYPE_CHECKING:
    import altair as alt

#: Parts of a bar lower than this share of the highest have no mark in them.
_LOW = 0.07
#: Flags nearer than this share of the time stand one above the other, in so many rows.
_APART = 0.05
_ROWS = 3
_HEIGHT = 260


@dataclass(frozen=True)
class Flag:
    """A number at the top of the time line, for all that changed on one day."""

    number: int
    day: date
    marks: tuple[Mark, ...]


def flags(bars: Sequence[Bar], marks: Iterable[Mark]) -> list[Flag]:
    """What changed within the time that the bars cover, numbered: a page lists under the chart what numbers mean."""
    if not bars:
        return []
    first, last = min(bar.start for bar in bars), max(bar.end for bar in bars)
    within = sorted((m for m in marks if first <= m.day < last), key=lambda m: (m.day, m.title, m.begins))
    days = groupby(within, key=lambda mark: mark.day)
    return [Flag(number, day, tuple(changes)) for number, (day, changes) in enumerate(days, 1)]


def time_chart(bars: Sequence[Bar], marks: Iterable[Mark], language: Language) -> Spec:
    """The time line as a specification for Vega-Lite."""
    import altair as alt  # here, as it costs time and only pages need it

    bars = sorted(bars, key=lambda bar: bar.start)
    grades = sorted({g for bar in bars for g, count in bar.counts.items() if count}, key=GRADES.index)
    rows = [row for bar in bars for row in _rows(bar, language)]
    highest = max((row["high"] for row in rows), default=1)
    span = _moment(bars[-1].end) - _moment(bars[0].start) if bars else 0
    flagged = _flag_rows(flags(bars, marks), span, language)
    tall = [row for row in rows if row["high"] - row["low"] > _LOW * highest]
    layers = [_parts(rows, bars, grades, language), _glyphs(tall, len(bars))]
    chart = alt.layer(*layers, *(_flags(flagged) if flagged else ())).properties(
        width="container",
        height=_HEIGHT,
        description=language.say(charts.TIME_TOLD),
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        usermeta=charts.usermeta(language),
        background="white",
    )
    spec: Spec = _configured(chart).to_dict()
    return spec


def _configured(chart: alt.LayerChart | alt.FacetChart) -> alt.LayerChart | alt.FacetChart:
    found: alt.LayerChart | alt.FacetChart = (
        chart.configure(font=charts.FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=charts.INK, titleColor=charts.SOFT, labelFontSize=12, titleFontSize=12, gridColor=charts.LINE
        )
        .configure_legend(labelColor=charts.INK, titleColor=charts.SOFT, labelFontSize=12, titleFontSize=12)
    )
    return found


def _rows(bar: Bar, language: Language) -> Iterable[Spec]:
    """The parts of a bar, the gravest at the bottom."""
    low, total = 0, sum(bar.counts.values())
    start, end = _moment(bar.start), _moment(bar.end)
    when = language.month(f"{bar.start:%Y-%m}") if _is_month(bar) else language.day(bar.start)
    for grade in sorted((grade for grade, count in bar.counts.items() if count), key=GRADES.index):
        count = bar.counts[grade]
        yield {
            "start": start,
            "end": end,
            "middle": (start + end) // 2,
            "low": low,
            "high": low + count,
            "centre": low + count / 2,
            "grade": graded(grade, language),
            "mark": GRADE[grade].mark,
            "ink": LOOKS[grade].ink,
            "when": when,
            "count": language.number(count),
            "share": language.percent(count / total),
        }
        low += count


def _moment(day: date) -> int:
    """A day as Vega counts time: milliseconds of UTC."""
    return int(datetime.combine(day, time.min, UTC).timestamp()) * 1000


def _chart(rows: Sequence[Spec]) -> alt.Chart:
    import altair as alt

    return alt.Chart(alt.InlineData(values=rows))


def _axis(bars: Sequence[Bar], language: Language) -> alt.X:
    """Bars are named below their middle, as many as there is room for."""
    import altair as alt

    month = all(_is_month(bar) for bar in bars)
    values = [(_moment(bar.start) + _moment(bar.end)) // 2 for bar in bars]
    style = charts.dates(language)["month" if month else "day"]
    axis = alt.Axis(
        format=style, values=alt.ExprRef(str(values)), grid=False, ticks=False, labelOverlap="greedy", labelPadding=6
    )
    return alt.X("start:T", scale=alt.Scale(type="utc"), axis=axis, title=None)


def _is_month(bar: Bar) -> bool:
    return bar.start.day == 1 and (bar.end - bar.start).days > 27


def _parts(rows: Sequence[Spec], bars: Sequence[Bar], grades: Sequence[str], language: Language) -> alt.Chart:
    import altair as alt

    say = language.say
    words = {"when": charts.WHEN, "grade": charts.GRAVEST, "count": charts.FLOWS, "share": charts.PART_OF}
    columns = alt.ExprRef("width < 480 ? 1 : width < 800 ? 3 : 6")
    colour = alt.Color(
        "grade:N",
        sort=None,
        scale=alt.Scale(domain=[graded(g, language) for g in grades], range=[LOOKS[g].colour for g in grades]),
        legend=alt.Legend(
            title=say(charts.GRAVEST),
            orient="bottom",
            labelLimit=0,
            columns=columns,
        ),
    )
    parts = _chart(rows).mark_bar(xOffset=1, x2Offset=-1, stroke="white", strokeWidth=1, aria=False)
    found: alt.Chart = parts.encode(
        x=_axis(bars, language),
        x2="end",
        y=alt.Y("low:Q", title=say(charts.FLOWS), axis=alt.Axis(tickMinStep=1, format=",d", tickCount=5)),
        y2="high",
        color=colour,
        tooltip=[alt.Tooltip(f"{field}:N", title=say(word)) for field, word in words.items()],
    )
    return found


def _glyphs(rows: Sequence[Spec], bars: int) -> alt.Chart:
    """The mark of its grade in every part that has room for it."""
    import altair as alt

    seen = alt.ExprRef(f"width < {14 * bars} ? 0 : 1")
    text = _chart(rows).mark_text(fontSize=12, fontWeight="bold", tooltip=None, aria=False, opacity=seen)
    found: alt.Chart = text.encode(
        x=alt.X("middle:T"), y=alt.Y("centre:Q"), text="mark:N", color=alt.Color("ink:N", scale=None)
    )
    return found


def _flag_rows(found: Sequence[Flag], span: float, language: Language) -> list[Spec]:
    """What is drawn of flags; those that would cover each other stand one above the other."""
    rows: list[Spec] = []
    free: list[float] = []  # by row, from where on there is room
    for flag in found:
        told = [f"{shown(m.title, 120)} {language.say(charts.BEGINS if m.begins else charts.ENDS)}" for m in flag.marks]
        moment = _moment(flag.day)
        row = next((number for number, after in enumerate(free) if after <= moment), len(free))
        row = row if row < _ROWS else free.index(min(free))
        free[row : row + 1] = [moment + span * _APART]
        at = {"day": moment, "up": -14 - 20 * row, "number": str(flag.number)}
        rows.append({**at, "when": language.day(flag.day), "told": "; ".join(told)})
    return rows


def _flags(rows: Sequence[Spec]) -> list[alt.Chart]:
    import altair as alt

    tips = [alt.Tooltip("when:N", title=" "), alt.Tooltip("told:N", title="  ")]
    up = alt.Y("up:Q", scale=None)
    base = _chart(rows).encode(x=alt.X("day:T"), tooltip=tips)
    return [
        base.mark_rule(color=charts.INK, strokeDash=[3, 3], aria=False).encode(y=up, y2=alt.value(_HEIGHT)),
        base.mark_point(shape="circle", filled=True, size=230, color=charts.INK, opacity=1, aria=False).encode(y=up),
        base.mark_text(color="white", fontSize=11, fontWeight="bold", aria=False).encode(y=up, text="number:N"),
    ]
