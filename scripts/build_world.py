"""Build the outlines and points behind `comity.report.html.charts` from the npm package world-atlas (Natural Earth).

    npm pack world-atlas
    pip install shapely                       # and babel, which comes with Sphinx
    python scripts/build_world.py .           # the folder that holds the .tgz file

Writes `world.json`, always the same bytes for the same packages:

- `land`: the outline of land as TopoJSON, simplified. **No borders of States are in it**, disputed or not: Comity takes
  no side in where they run, and a map of flows needs none.
- `points`: for every code that Comity knows a longitude and a latitude to draw it at. A point stands for a code and
  says nothing of what belongs to it: it is the place farthest from the edge of the largest part that the source gives
  under the code. Codes without a shape of their own in the source stand in `BY_HAND`.
- name, source, version, licence.
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import cos, radians
from pathlib import Path
from typing import Any

from babel.core import get_global
from shapely.geometry import LineString, Polygon
from shapely.ops import polylabel

from comity.profile import JURISDICTIONS

FILE = Path(__file__).parents[1] / "src/comity/report/html/world.json"
#: Degrees: how far a simplified line may be off, the step of the grid that it is put on, the smallest island drawn.
OFF, STEP, SMALLEST = 0.09, 0.03, 0.4
#: Codes without a shape of their own in the source, and one whose shape goes round the pole.
BY_HAND = {
    "AQ": (0, -80), "BQ": (-68.3, 12.2), "BV": (3.4, -54.4), "CC": (96.8, -12.2), "CX": (105.6, -10.5),
    "GF": (-53.1, 4), "GP": (-61.4, 16.2), "MQ": (-61, 14.6), "RE": (55.5, -21.1), "SJ": (17, 78.8),
    "TK": (-171.8, -9.2), "XK": (20.9, 42.6), "YT": (45.2, -12.8),
    # The Union as a whole is drawn at Brussels, the European Patent Organisation at Munich.
    "EU": (4.4, 50.8), "EPO": (11.6, 48.1),
}  # fmt: skip
Line = list[tuple[float, float]]


class Package:
    """The tarball as `npm pack` leaves it."""

    def __init__(self, tarball: Path) -> None:
        with tarfile.open(tarball) as tar:
            members = ((member.name.partition("/")[2], tar.extractfile(member)) for member in tar)
            self.files = {name: file.read() for name, file in members if file and name.endswith(".json")}
        about = json.loads(self.files["package.json"])
        self.name, self.version = about["name"], about["version"]

    def topology(self, name: str) -> dict[str, Any]:
        """One of the package's maps."""
        found: dict[str, Any] = json.loads(self.files[f"{name}.json"])
        return found


def lines(topology: dict[str, Any]) -> list[Line]:
    """The arcs of a topology in degrees."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        steps = accumulate(arc, lambda here, step: (here[0] + step[0], here[1] + step[1]))
        found.append([(x * sx + tx, y * sy + ty) for x, y in steps])
    return found


def land(topology: dict[str, Any]) -> dict[str, Any]:
    """The outline of land with fewer points, an arc for each ring."""
    found, arcs = lines(topology), []
    polygons = []
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            rings = [ring for numbers in polygon if (ring := _simplified(_ring(numbers, found)))]
            polygons += [[[len(arcs) + number] for number in range(len(rings))]] if rings else []
            arcs += rings
    return {
        "type": "Topology",
        "transform": {"scale": [STEP, STEP], "translate": [-180, -90]},
        "objects": {"land": {"type": "MultiPolygon", "arcs": polygons}},
        "arcs": arcs,
    }


def _simplified(line: Line) -> list[tuple[int, int]]:
    """A ring on the grid, as steps; nothing where it is too small to be drawn."""
    grid = [(round((x + 180) / STEP), round((y + 90) / STEP)) for x, y in LineString(line).simplify(OFF).coords]
    ring = [grid[0], *(after for before, after in pairwise(grid) if after != before)]
    polar = line[0] != line[-1]  # it goes round the pole
    if not polar and (_extent(line) < SMALLEST or _turns(ring) * _turns(line) <= 0):
        return []
    return [ring[0], *((x - u, y - v) for (u, v), (x, y) in pairwise(ring))]


def _turns(ring: Sequence[tuple[float, float]]) -> float:
    """Twice the area of a ring, negative where it turns clockwise: nothing but that tells d3 what is inside."""
    return sum(x * v - u * y for (x, y), (u, v) in pairwise(ring))


def _extent(line: Line) -> float:
    """The larger of width and height, in degrees of latitude."""
    xs, ys = zip(*line, strict=True)
    return max((max(xs) - min(xs)) * cos(radians(ys[0])), max(ys) - min(ys))


def points(topology: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Where to draw each code."""
    codes, arcs, found = get_global("territory_aliases"), lines(topology), dict(BY_HAND)
    largest: dict[str, float] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = codes.get(geometry.get("id", ""), [""])[0]
        parts = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for part in parts if code in JURISDICTIONS - BY_HAND.keys() else ():
            size, point = _middle(_ring(part[0], arcs))
            if size > largest.get(code, -1):
                largest[code], found[code] = size, point
    if missing := JURISDICTIONS - found.keys():
        sys.exit(f"no point for {', '.join(sorted(missing))}: add them to BY_HAND")
    return dict(sorted(found.items()))


def _ring(numbers: list[int], arcs: list[Line]) -> Line:
    """A ring put together from arcs, backwards where the number is negative."""
    ring: Line = []
    for number in numbers:
        ring += (arcs[~number][::-1] if number < 0 else arcs[number])[bool(ring) :]
    return _continuous(ring)


def _continuous(line: Line) -> Line:
    """A line that does not jump at the antimeridian: its longitudes go on beyond."""
    turns = accumulate((round((a - b) / 360) for (a, _), (b, _) in pairwise(line)), initial=0)
    return [(x + 360 * turn, y) for (x, y), turn in zip(line, turns, strict=True)]


def _middle(ring: Line) -> tuple[float, tuple[float, float]]:
    """The size of a ring, and the point within that is farthest from its edge."""
    wide = cos(radians(ring[0][1]))
    outline = Polygon([(x * wide, y) for x, y in ring] if len(ring) > 3 else []).buffer(0)
    part = max(getattr(outline, "geoms", [outline]), key=lambda piece: piece.area)
    if part.is_empty:  # an island too small for the grid of the source
        x, y = ring[0]
    else:
        point = polylabel(part, tolerance=max(0.01, part.area**0.5 / 100))
        x, y = point.x / wide, point.y
    return part.area, (round((x + 180) % 360 - 180, 2), round(y, 2))


def build(package: Package, file: Path) -> None:
    """Write the file."""
    about = {
        "name": "Natural Earth",
        "source": f"npm {package.name} {package.version}: land-50m, countries-10m",
        "licence": "public domain, https://www.naturalearthdata.com/about/terms-of-use/; arranged by world-atlas, ISC",
        "note": "Outlines of land, without borders. A point stands for a code and says nothing of what belongs to it.",
        "points": points(package.topology("countries-10m")),
        "land": land(package.topology("land-50m")),
    }
    file.write_text(json.dumps(about, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    tarballs = sorted(Path(sys.argv[1] if len(sys.argv) > 1 else ".").glob("world-atlas-*.tgz"))
    if len(tarballs) != 1:
        sys.exit("usage: build_world.py FOLDER, which holds the tarball of world-atlas")
    build(Package(tarballs[0]), FILE)
