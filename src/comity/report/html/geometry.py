"""Where things come to lie on the map: the Equal Earth projection, as d3 computes it, and curves from point to point.

Arcs are curves on the map and no great circles: those between the north of three continents all run past the pole,
where every map tears them. A curve bends to the left of its direction, so that there and back are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, dist, radians, sin, sqrt

#: Longitude and latitude in degrees, or a place on the map: to the right and up, the world being 5.41 wide.
Point = tuple[float, float]

#: Longitudes that a map may have in its middle: it is cut in the Bering Strait, or else in the Atlantic.
_MIDDLES = (11.0, 150.0)
#: What is left beside, above and below; no frame is narrower than that, nor lower or higher to its width than these.
_BESIDE, _ABOVE, _NARROWEST, _LOWEST, _HIGHEST = 0.36, 0.24, 0.9, 0.42, 0.72
_WORLD = ((-2.7, -0.9), (2.7, 1.25))


@dataclass(frozen=True)
class Frame:
    """A part of the map: its middle, width and height."""

    x: float
    y: float
    width: float
    height: float


def project(point: Sequence[float], middle: float) -> Point:
    """Where a point lies on a map with that longitude in the middle."""
    around = radians((point[0] - middle + 180) % 360 - 180)
    up = asin(sqrt(3) / 2 * sin(radians(point[1])))
    square, sixth = up**2, up**6
    wide = sqrt(3) / 2 * (1.340264 - 3 * 0.081106 * square + sixth * (7 * 0.000893 + 9 * 0.003796 * square))
    return around * cos(up) / wide, up * (1.340264 - 0.081106 * square + sixth * (0.000893 + 0.003796 * square))


def curve(start: Point, end: Point, steps: int = 16) -> list[Point]:
    """From a place on the map to another, bent to the left; the longer, the flatter."""
    length = dist(start, end)
    bend = 0.36 / (1 + 0.3 * length)
    x = (start[0] + end[0]) / 2 - bend * (end[1] - start[1])
    y = (start[1] + end[1]) / 2 + bend * (end[0] - start[0])
    found = []
    for step in range(steps + 1):
        t = step / steps
        parts = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
        found.append(
            (
                sum(part * at for part, at in zip(parts, (start[0], x, end[0]), strict=True)),
                sum(part * at for part, at in zip(parts, (start[1], y, end[1]), strict=True)),
            )
        )
    return found


def heading(start: Point, end: Point) -> float:
    """The direction in degrees: 0 to the right, 90 down."""
    return degrees(atan2(start[1] - end[1], end[0] - start[0]))


def middle(pairs: Iterable[tuple[Sequence[float], Sequence[float]]]) -> float:
    """The longitude that brings the ends of arcs the closest together."""
    pairs = list(pairs)
    return min(_MIDDLES, key=lambda at: sum(dist(project(start, at), project(end, at)) for start, end in pairs))


def frame(spots: Iterable[Point]) -> Frame:
    """The part of the map that has all these in it; the whole where there are none."""
    xs, ys = zip(*(list(spots) or _WORLD), strict=True)
    width = max(max(xs) - min(xs) + _BESIDE, _NARROWEST)
    height = max(max(ys) - min(ys) + _ABOVE, width * _LOWEST)
    width = max(width, height / _HIGHEST)
    return Frame((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, width, height)
