"""The map of flows between jurisdictions, in Vega: Vega-Lite can't keep labels apart, nor fit a map to a width."""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import floor, log10
from pathlib import Path
from typing import Any

from comity.judge.judgement import GRADES
from comity.report.html import charts
from comity.report.html.charts import LOOKS, Arc, Spec, graded, shown
from comity.report.html.flow_marks import marks
from comity.report.html.geometry import Frame, Point, curve, frame, heading, middle, project
from comity.report.languages import Language

#: Where on the way the head of the arrow stands, of sixteen steps.
_HEAD = 10
_STACKED = {"margin": 14, "bottom": {"anchor": "start", "direction": "vertical", "margin": 14}}
#: So many arcs are drawn thinner and paler.
_MANY = 100
#: Volumes further apart than this stand on a scale of powers.
_WIDE = 300


@functools.cache
def _world() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((Path(__file__).parent / "world.json").read_text(encoding="utf-8"))
    return found


def source() -> str:
    """Where outlines and points come from, with the licence."""
    return "{name}, {source}, {licence}".format_map(_world())


def drawn(arcs: Iterable[Arc]) -> list[Arc]:
    """The arcs of which both ends are known and have a place; a map says of the others how many there are."""
    points = _world()["points"]
    return [arc for arc in arcs if arc.origin in points and arc.target in points]


def map_chart(arcs: Iterable[Arc], language: Language) -> Spec:
    """The map; arcs that can't be drawn are left out, see `drawn`."""
    routes = sorted(
        drawn(arcs), key=lambda arc: (-GRADES.index(arc.grade), -_volume([arc], arc), str(arc.origin), str(arc.target))
    )
    points = _world()["points"]
    about = middle((points[arc.origin], points[arc.target]) for arc in routes)
    ways = [_way(arc, about) for arc in routes]
    part = frame(spot for way in ways for spot in way)
    codes = {code for arc in routes for code in (arc.origin, arc.target)}
    grades = sorted({arc.grade for arc in routes}, key=GRADES.index)
    told = language.say(charts.MAP_TOLD) % {"places": language.number(len(codes))}
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "description": told,
        "usermeta": charts.usermeta(language),
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 2,
        "background": "white",
        "config": {"text": {"font": charts.FONT}, "legend": {"layout": _STACKED}},
        "signals": _signals(part, len(routes)),
        "projections": _projections(part, about),
        "data": _data(routes, ways, about, language),
        "scales": _scales(routes, grades, language),
        "legends": _legends(routes, language),
        "marks": marks(rings=any(arc.origin == arc.target for arc in routes)),
    }


def _way(arc: Arc, about: float) -> list[Point]:
    """The line of an arc on the map; one to the same place is that place."""
    points = _world()["points"]
    start, end = (project(points[code], about) for code in (arc.origin, arc.target))
    way = [start] if arc.origin == arc.target else curve(start, end)
    return [(round(x, 4), round(y, 4)) for x, y in way]


def _volume(routes: Sequence[Arc], arc: Arc) -> int:
    """The volume of an arc: bytes where they are known of all, else how many flows."""
    return _measured(arc) if all(other.bytes is not None for other in routes) else arc.count


def _measured(arc: Arc) -> int:
    return max(arc.bytes or 0, 1)


def _signals(part: Frame, many: int) -> list[Spec]:
    """Sizes follow the width of the place that the map stands in; what the pointer is over is told by numbers."""
    width = "isFinite(containerSize()[0]) && containerSize()[0] > 0 ? containerSize()[0] : 720"
    return [
        {"name": "width", "init": width, "on": [{"update": width, "events": "window:resize"}]},
        {"name": "height", "update": f"round(width * {part.height / part.width:.4f})"},
        {"name": "scaled", "update": f"width / {part.width:.5f}"},
        {"name": "thick", "update": f"clamp(width / {110 if many < _MANY else 240}, 3, 10)"},
        {"name": "pale", "value": 0.85 if many < _MANY else 0.6},
        {"name": "small", "update": "width < 520"},
        {
            "name": "over",
            "value": None,
            "on": [
                {"events": "@near:pointerover, @rings:pointerover", "update": "datum.ends"},
                {"events": "@points:pointerover", "update": "[datum.number]"},
                {"events": "@near:pointerout, @rings:pointerout, @points:pointerout", "update": "null"},
            ],
        },
    ]


def _projections(part: Frame, about: float) -> list[Spec]:
    """Of land, which d3 projects; and of what lies on the map already."""
    alike = {
        "scale": {"signal": "scaled"},
        "translate": [
            {"signal": f"width / 2 - scaled * {part.x:.5f}"},
            {"signal": f"height / 2 + scaled * {part.y:.5f}"},
        ],
    }
    return [
        {"name": "earth", "type": "equalEarth", "rotate": [-about, 0, 0], **alike},
        {"name": "map", "type": "identity", "reflectY": True, **alike},
    ]


def _data(routes: Sequence[Arc], ways: Sequence[list[Point]], about: float, language: Language) -> list[Spec]:
    codes = sorted({str(code) for arc in routes for code in (arc.origin, arc.target)})
    numbers = {code: number for number, code in enumerate(codes)}
    lines, heads, rings = [], [], []
    for arc, way in zip(routes, ways, strict=True):
        row = _row(arc, routes, language) | {"ends": [numbers[str(arc.origin)], numbers[str(arc.target)]]}
        if len(way) == 1:
            rings.append(row | _at(way[0]))
            continue
        lines.append(row | {"type": "Feature", "geometry": {"type": "LineString", "coordinates": way}})
        heads.append(row | _at(way[_HEAD]) | {"angle": round(heading(way[_HEAD - 1], way[_HEAD + 1]), 1)})
    return [
        {"name": "land", "values": _world()["land"], "format": {"type": "topojson", "feature": "land"}},
        {"name": "lines", "values": lines},
        {"name": "heads", "values": heads, "transform": [_spot()]},
        {"name": "loops", "values": rings, "transform": [_spot()]},
        {"name": "places", "values": _places(routes, numbers, about, language), "transform": [_spot()]},
    ]


def _spot() -> Spec:
    return {"type": "geopoint", "projection": "map", "fields": ["right", "up"]}


def _at(point: Point) -> Spec:
    return {"right": point[0], "up": point[1]}


def _row(arc: Arc, routes: Sequence[Arc], language: Language) -> Spec:
    """What is drawn of an arc, and what its tooltip says."""
    say, unknown = language.say, language.say(charts.NOT_KNOWN)
    parties = [shown(name) for name in arc.parties]
    more = [say(charts.AND_MORE) % {"n": language.number(arc.more)}] if arc.more else []
    tip = {
        "title": f"{arc.origin} → {arc.target}",
        say(charts.FROM): _place(arc.origin, language),
        say(charts.TO): _place(arc.target, language),
        say(charts.PARTIES): ", ".join([*parties, *more]) or unknown,
        say(charts.FLOWS): charts.counted(arc.counts, language),
        say(charts.VOLUME): unknown if arc.bytes is None else language.size(arc.bytes),
    }
    return {"grade": graded(arc.grade, language), "volume": _volume(routes, arc), "tip": tip}


def _place(code: str | None, language: Language) -> str:
    name = language.place(str(code))
    return str(code) if name == code else f"{code} {name}"


def _places(routes: Sequence[Arc], numbers: Mapping[str, int], about: float, language: Language) -> list[Spec]:
    """The points, those with the most volume first: their labels go before others."""
    weights: dict[str, int] = defaultdict(int)
    for arc in routes:
        for code in {str(arc.origin), str(arc.target)}:
            weights[code] += arc.count
    at = {code: project(_world()["points"][code], about) for code in numbers}
    return [
        {"code": code, "number": numbers[code], "tip": _place(code, language), **_at(at[code])}
        for code in sorted(numbers, key=lambda code: (-weights[code], code))
    ]


def _scales(routes: Sequence[Arc], grades: Sequence[str], language: Language) -> list[Spec]:
    domain = [graded(grade, language) for grade in grades]
    volumes = [_volume(routes, arc) for arc in routes] or [1]
    low, high = min(volumes), max(volumes)
    kind: Spec = {"type": "pow", "exponent": 0.5, "domain": [0, high]}
    if high > low * _WIDE:
        kind = {"type": "log", "domain": [low, high]}
    known = all(arc.bytes is not None for arc in routes)
    steps = _steps(low, high)
    return [
        _ordinal("colour", domain, [LOOKS[grade].colour for grade in grades]),
        _ordinal("dashes", domain, [list(LOOKS[grade].dash) or [1, 0] for grade in grades]),
        {"name": "wide", **kind, "range": [1.2, {"signal": "thick"}]},
        {"name": "head", **kind, "range": [{"signal": "small ? 40 : 80"}, {"signal": "6 * thick * thick"}]},
        _ordinal("volumes", steps, [(language.size if known else language.number)(step) for step in steps]),
    ]


def _ordinal(name: str, domain: Sequence[Any], range: Sequence[Any]) -> Spec:
    return {"name": name, "type": "ordinal", "domain": domain, "range": range}


def _steps(low: int, high: int) -> list[int]:
    """Round volumes for the legend: at most three."""
    most = 10 ** floor(log10(high))
    most = max(step for step in (most, 2 * most, 5 * most) if step <= high)
    least = 10 ** floor(log10(max(low, 1)))
    middle = 10 ** round((log10(least) + log10(most)) / 2)
    return sorted({max(least, 1), middle, most})


def _legends(routes: Sequence[Arc], language: Language) -> list[Spec]:
    if not routes:
        return []
    known = all(arc.bytes is not None for arc in routes)
    alike = {
        "orient": "bottom",
        "direction": "horizontal",
        "columns": {"signal": "small ? 1 : width < 900 ? 3 : 6"},
        "titleFont": charts.FONT,
        "labelFont": charts.FONT,
        "titleColor": charts.SOFT,
        "labelColor": charts.INK,
        "titleFontSize": 12,
        "labelFontSize": 12,
        "labelLimit": 0,
        "titleLimit": 0,
        "symbolType": "stroke",
        "symbolSize": 1000,
        "columnPadding": 16,
        "rowPadding": 3,
        "titlePadding": 4,
    }
    labels = {"labels": {"update": {"text": {"scale": "volumes", "field": "value"}}}}
    title = language.say(charts.VOLUME if known else charts.FLOWS)
    low, high = (find(_volume(routes, arc) for arc in routes) for find in (min, max))
    return [
        {"stroke": "colour", "strokeDash": "dashes", "title": language.say(charts.GRAVEST), **alike}
        | {"symbolStrokeWidth": 3},
        {"strokeWidth": "wide", "title": title, "values": _steps(low, high), "encode": labels, **alike}
        | {"columns": 3, "symbolStrokeColor": charts.SOFT},
    ]
