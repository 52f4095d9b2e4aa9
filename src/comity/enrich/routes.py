"""Ways of several steps across a barrier: what the paths in evidence, put end to end, let data do.

Each path that evidence gives is an edge of a graph. Where a node on one side of a barrier leads over others to a node
on the other side, neither of them a gate, a shortest such way becomes a path of its own: one that avoids the gates if
there is one, else one through them. Ways of one step are in the evidence already. An edge leads through what it names,
and nothing else. What stands in between is taken to pass data on, even where a network by itself would not: two
peerings in a row do not forward, but a machine between them may. Everyone (``internet``) is never in between.

Work is bounded: all pairs of nodes are counted by sets of bits over the strongly connected components, and no more than
``MOST_WAYS`` are searched for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, pairwise
from typing import Any, NamedTuple

import networkx as nx

from comity.barrier import SIDES
from comity.engine.duckdb import quote
from comity.enrich.barriers import ARROW, INSIDE, OUTSIDE, YES, Sides, sides_of, spell
from comity.evidence.base import FactTables, Reading
from comity.profile import Profile

#: More edges than these are not put end to end.
MOST_EDGES = 100_000

#: More ways than these across one barrier, in one direction, are counted and not judged; as many through gates.
MOST_WAYS = 200

#: The number of the file in which ways stand, in which there is no evidence: evidence is numbered from 1.
WAYS = 0

#: The node that stands for everyone, and what it is called where a way begins.
_EVERYONE, _FROM_EVERYONE = "internet", f"internet{ARROW}"

#: How many targets are counted at once: a number of so many bits for each component.
_BLOCK = 8_192

#: A way, as the numbers of its edges.
Way = tuple[int, ...]


class _Edge(NamedTuple):
    """A path in evidence; names of columns that are words of Python have a line behind them."""

    start: str
    end: str
    through: list[str] | None
    by: str | None
    from_: str | None
    to: str | None
    product: str | None
    file: int
    position: int

    @property
    def nodes(self) -> tuple[str, ...]:
        return (self.start, *(self.through or ()), self.end)


def add_ways(
    tables: FactTables, profile: Profile, readings: Mapping[int, Reading]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Add the ways of several steps across the barriers of a profile to the paths.

    A way stands in the file ``WAYS``; what is returned leads from there to file and position of its first edge.
    The ``readings``, by number of file, note what was found, and what was too much.
    """
    barriers = sides_of(profile)
    edges = _edges(tables) if barriers and "path" in tables.kinds() else []
    if not edges:
        return {}
    notes = readings[edges[0].file].notes if edges[0].file in readings else []
    if len(edges) > MOST_EDGES:
        notes.append(f"more than {MOST_EDGES:,} paths are not put end to end: each is judged by itself alone")
        return {}
    found: dict[Way, None] = {}
    whole = _Reach(_graph(edges))
    for barrier in barriers:
        search = _Search(barrier, whole, edges)
        notes += search.notes()
        for ways, total, manner in search.ways():
            found |= dict.fromkeys(ways)
            if total:
                judged = f"{total:,}" if len(ways) == total else f"{len(ways):,}, the nearest of {total:,}"
                notes.append(f"barrier `{barrier.name}`: ways of several steps {manner}, judged too: {judged}")
    rows = [_row([edges[number] for number in way], place) for place, way in enumerate(found)]
    if rows:
        tables.append("path", tuple(rows[0]), [tuple(row.values()) for row in rows])
    return {(WAYS, place): (edges[way[0]].file, edges[way[0]].position) for place, way in enumerate(found)}


def _edges(tables: FactTables) -> list[_Edge]:
    """The paths that name two different ends, in the order of the evidence; one more than are put end to end."""
    relation = tables.relation("path")
    given = tables.engine.columns(relation)
    names = [name.rstrip("_") for name in _Edge._fields]
    listing = ", ".join(quote(name) if name in given else "NULL" for name in names)
    if not {"start", "end"} <= given.keys():
        return []
    return [
        _Edge(*row)
        for row in tables.engine.rows(
            f"SELECT {listing} FROM ({relation}) WHERE start <> \"end\" AND start <> '' AND \"end\" <> '' "
            f"ORDER BY file, position LIMIT {MOST_EDGES + 1}"
        )
    ]


def _row(edges: Sequence[_Edge], place: int) -> dict[str, Any]:
    """A way as a fact."""
    first, last = edges[0], edges[-1]
    hops = [hop for edge in edges for hop in (", ".join(edge.through or ()), edge.end) if hop]
    by = {edge.by for edge in edges}
    return {
        "start": first.start,
        "end": last.end,
        "through": [node for edge in edges for node in edge.nodes[1:]][:-1],
        "route": ARROW.join((first.start, *hops)),
        "by": by.pop() if len(by) == 1 else None if None in by else "both",
        "from": first.from_,
        "to": last.to,
        "product": first.product,
        "file": WAYS,
        "position": place,
    }


def _graph(edges: Sequence[_Edge], is_gate: Callable[[str], bool] | None = None) -> nx.DiGraph[str]:
    """The graph of all edges, or of those that no gate is part of; of several between two nodes the first."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for number, edge in enumerate(edges):
        start = _FROM_EVERYONE if edge.start == _EVERYONE else edge.start
        if not graph.has_edge(start, edge.end) and not (is_gate and any(map(is_gate, edge.nodes))):
            graph.add_edge(start, edge.end, number=number)
    return graph


class _Reach:
    """A graph, and which targets its nodes lead to in however many steps."""

    def __init__(self, graph: nx.DiGraph[str]) -> None:
        self.graph = graph
        self.following = {node: tuple(graph.succ[node]) for node in graph}
        # A component comes out after all those that it leads to: so does Tarjan's way of finding them.
        self._components = [tuple(found) for found in nx.strongly_connected_components(graph)]
        self._component = {node: number for number, found in enumerate(self._components) for node in found}

    def of(self, bits: Mapping[str, int]) -> Callable[[str], int]:
        """The targets, each a bit, that a node leads to."""
        led: list[int] = []
        for number, nodes in enumerate(self._components):
            mask = 0
            for node in nodes:
                mask |= bits.get(node, 0)
                for other in self.following[node]:
                    if self._component[other] != number:
                        mask |= led[self._component[other]]
            led.append(mask)
        return lambda node: led[self._component[node]] if node in self._component else 0

    def next(self, node: str, bits: Mapping[str, int]) -> int:
        """The targets, each a bit, that are one step away."""
        return sum(bits.get(other, 0) for other in self.following.get(node, ()))


class _Search:
    """Looks for ways across one barrier in the ``whole`` graph of some edges."""

    def __init__(self, barrier: Sides, whole: _Reach, edges: Sequence[_Edge]) -> None:
        self._name = barrier.name
        spelling = cache(spell([barrier]))
        gate = SIDES.index("gates")
        self._whole, self._open = whole, _Reach(_graph(edges, lambda name: spelling(name)[gate] == YES))
        stands = {node: barrier.possible(spelling(node.removesuffix(ARROW))) for node in whole.graph}
        self._sides = [[node for node, found in stands.items() if found == {(s, False)}] for s in (INSIDE, OUTSIDE)]

    def notes(self) -> list[str]:
        """A word about a barrier that has nothing inside: it may be spelt otherwise than the evidence is."""
        return [] if self._sides[0] else [f"barrier `{self._name}`: no path in evidence starts or ends inside"]

    def ways(self) -> Iterator[tuple[list[Way], int, str]]:
        """Ways in each direction and manner, none with more than ``MOST_WAYS``; how many there are, and the manner."""
        for sources, targets in (self._sides, self._sides[::-1]):
            direction = "from inside" if sources is self._sides[0] else "from outside"
            crossing, gated = self._count(sources, targets)
            past = _shortest(self._open, crossing, targets)
            yield list(islice(past, MOST_WAYS)), sum(crossing.values()), f"{direction} past its gates"
            through = _shortest(self._whole, gated, targets, self._open.graph)
            yield list(islice(through, MOST_WAYS)), sum(gated.values()), f"{direction} through its gates"

    def _count(self, sources: Sequence[str], targets: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
        """For each source, to how many targets it leads in several steps past all gates, to how many only by gates."""
        crossing, gated = dict.fromkeys(sources, 0), dict.fromkeys(sources, 0)
        for start in range(0, len(targets), _BLOCK):
            bits = {target: 1 << number for number, target in enumerate(targets[start : start + _BLOCK])}
            whole, past = self._whole.of(bits), self._open.of(bits)
            for source in sources:
                free = past(source)
                crossing[source] += (free & ~self._open.next(source, bits)).bit_count()
                gated[source] += (whole(source) & ~free & ~self._whole.next(source, bits)).bit_count()
        return crossing, gated


def _shortest(
    reach: _Reach, counts: Mapping[str, int], targets: Sequence[str], unless: nx.DiGraph[str] | None = None
) -> Iterator[Way]:
    """A shortest way of several steps from each source to each target, as many as were counted; the nearest first.

    Targets that can be reached in ``unless`` are left out.
    """
    sources = [source for source, count in counts.items() if count]
    if not sources:
        return
    wanted = {target for target in targets if target in reach.graph}
    layers = enumerate(nx.bfs_layers(reach.graph.reverse(copy=False), wanted))
    distance = {node: steps for steps, layer in layers for node in layer}
    for source in sorted(sources, key=distance.__getitem__):
        left_out = nx.descendants(unless, source) if unless is not None and source in unless else ()
        before = {source: source}
        ends = (
            node
            for node in _widening(reach.following, before, distance, source)
            if node in wanted and before[node] != source and node not in left_out
        )
        for end in islice(ends, counts[source]):
            yield _steps(reach.graph, before, end)


def _widening(
    following: Mapping[str, Sequence[str]], before: dict[str, str], within: Container[str], source: str
) -> Iterator[str]:
    """The nodes that a node leads to, the nearest first; ``before`` gets the node from which each is reached."""
    waiting = deque([source])
    while waiting:
        node = waiting.popleft()
        for other in following[node]:
            if other not in before and other in within:
                before[other] = node
                waiting.append(other)
                yield other


def _steps(graph: nx.DiGraph[str], before: Mapping[str, str], end: str) -> Way:
    """The numbers of the edges that lead to a node."""
    nodes = [end]
    while before[nodes[-1]] != nodes[-1]:
        nodes.append(before[nodes[-1]])
    return tuple(graph[a][b]["number"] for a, b in pairwise(reversed(nodes)))
