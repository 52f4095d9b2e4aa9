"""What is drawn on the map of flows, from below: land, arcs and their heads, rings, points, labels."""

from __future__ import annotations

from typing import Any

from comity.report.html import charts
from comity.report.html.charts import Spec

_ARROW = "M-1,-0.75L1,0L-1,0.75L-0.55,0Z"


def marks(rings: bool) -> list[Spec]:
    """All marks of the map; they read data, scales and signals of `flow_map`. ``rings`` says whether there are any."""
    return [_land(), *_lines(), _heads(), *_points(), *_labels(rings)]


def _land() -> Spec:
    return {
        "type": "shape",
        "from": {"data": "land"},
        "clip": True,
        "aria": False,
        "interactive": False,
        "encode": {"update": {"fill": {"value": charts.LAND}}},
        "transform": [{"type": "geoshape", "projection": "earth"}],
    }


def _faded(values: str = "datum.ends") -> list[Spec]:
    """What does not belong to that which the pointer is over steps back."""
    test = f"over && (length(over) == 2 ? {values}[0] != over[0] || {values}[1] != over[1]"
    test += f" : {values}[0] != over[0] && {values}[1] != over[0])"
    return [{"test": test, "value": 0.12}, {"signal": "pale"}]


def _lines() -> list[Spec]:
    """The arcs; and over them invisible ones that are wide enough to be pointed at."""
    shared: Spec = {"type": "shape", "from": {"data": "lines"}}
    shape = [{"type": "geoshape", "projection": "map"}]
    look = {
        "stroke": {"scale": "colour", "field": "grade"},
        "strokeDash": {"scale": "dashes", "field": "grade"},
        "strokeWidth": {"scale": "wide", "field": "volume"},
        "strokeOpacity": _faded(),
    }
    near = {
        "stroke": {"value": "transparent"},
        "strokeWidth": {"signal": "max(12, scale('wide', datum.volume))"},
        "tooltip": {"field": "tip"},
    }
    return [
        {**shared, "aria": False, "interactive": False, "encode": {"update": look}, "transform": shape},
        {**shared, "aria": False, "name": "near", "encode": {"update": near}, "transform": shape},
    ]


def _symbols(data: str, update: Spec, **more: Any) -> Spec:
    at = {"x": {"field": "x"}, "y": {"field": "y"}}
    return {"type": "symbol", "from": {"data": data}, "aria": False, "encode": {"update": {**at, **update}}, **more}


def _heads() -> Spec:
    look = {
        "shape": {"value": _ARROW},
        "angle": {"field": "angle"},
        "size": {"scale": "head", "field": "volume"},
        "fill": {"scale": "colour", "field": "grade"},
        "stroke": {"value": "white"},
        "strokeWidth": {"value": 0.8},
        "opacity": _faded(),
    }
    return _symbols("heads", look, interactive=False)


def _points() -> list[Spec]:
    """Points, and the rings of flows that stay in one jurisdiction."""
    ring = {
        "shape": {"value": "circle"},
        "size": {"signal": "pow((small ? 12 : 20) + scale('wide', datum.volume), 2)"},
        "fill": {"value": "transparent"},
        "stroke": {"scale": "colour", "field": "grade"},
        "strokeDash": {"scale": "dashes", "field": "grade"},
        "strokeWidth": {"signal": "max(1.5, scale('wide', datum.volume) * 0.7)"},
        "strokeOpacity": _faded(),
        "tooltip": {"field": "tip"},
    }
    point = {
        "shape": {"value": "circle"},
        "size": {"signal": "small ? 14 : 30"},
        "fill": {"value": charts.INK},
        "stroke": {"value": "white"},
        "strokeWidth": {"value": 1},
        "tooltip": {"field": "tip"},
    }
    return [_symbols("loops", ring, name="rings"), _symbols("places", point, name="points")]


def _labels(rings: bool) -> list[Spec]:
    """Codes beside their points, as far as there is room for them; white under black, so that arcs don't hide them."""
    around = ["right", "left", "top", "bottom", "top-right", "top-left", "bottom-right", "bottom-left"]
    place = {
        "type": "label",
        "size": {"signal": "[width, height]"},
        "anchor": around * 3,
        "offset": [offset for offset in (3, 12, 18) for _ in around],
        "avoidMarks": ["rings"] if rings else [],  # Vega fails where it shall avoid a mark that has nothing
    }
    text = {"text": {"field": "datum.code"}, "fontSize": {"signal": "small ? 10 : 12"}, "fontWeight": {"value": "bold"}}
    shared: Spec = {"type": "text", "from": {"data": "points"}, "interactive": False, "aria": False}
    return [
        {**shared, "encode": {"update": text | look}, "transform": [place]}
        for look in (
            {"stroke": {"value": "white"}, "strokeWidth": {"value": 3}, "fill": {"value": "white"}},
            {"fill": {"value": charts.INK}},
        )
    ]
