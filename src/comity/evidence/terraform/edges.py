"""The graph of where data could move: edges between addresses of resources, one `path` fact each.

A group (security group, subnet, network, role, firewall rule) is where data of its members may leave from: an edge
leads from a member to its group, and from a group to the *members* of the other group, or to that group itself where
the file shows no members. So two members of one group don't reach each other because of the group alone. After
``EXACT`` edges, groups are ends themselves, from which edges lead to all their members: that keeps edges few, and
members of one group are then taken to reach each other. Everyone is `internet`, an end and never a way through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comity.evidence.terraform.document import Resource

#: Everyone on the Internet.
INTERNET = "internet"

#: More edges than this are not gathered from one file.
MOST = 1_000_000

#: From so many edges on, groups are ends themselves.
EXACT = 100_000

Node = Resource | str


@dataclass(frozen=True)
class Edge:
    """Data could move from ``start`` to ``end``; ``position`` is the resource that says so."""

    start: Node
    end: Node
    by: str
    through: tuple[str, ...]
    position: int


class Graph:
    """Gathers edges, each once, in the order in which they are found."""

    def __init__(self) -> None:
        self._edges: dict[tuple[str, str, str, tuple[str, ...]], Edge] = {}
        self._members: dict[Node, dict[Node, str]] = defaultdict(dict)
        self._within: dict[Node, list[Node]] = {}
        self._whole: dict[Node, tuple[str, int]] = {}

    def __iter__(self) -> Iterator[Edge]:
        return iter(self._edges.values())

    @property
    def full(self) -> bool:
        """Whether there are more edges than are gathered."""
        return len(self._edges) > MOST

    def member(self, member: Node, group: Node, by: str) -> None:
        """Say that something is in a group, on the network or by a permission."""
        if member is not group:
            self._members[group].setdefault(member, by)
            self._within.clear()

    def members(self, group: Node) -> list[Node]:
        """What is in a group, itself no group with members; the group where nothing is in it."""
        if group not in self._within:
            self._within[group] = self._find_members(group)
        return self._within[group]

    def _find_members(self, group: Node) -> list[Node]:
        found: dict[Node, None] = {}
        waiting, seen = [group], {group}
        while waiting:
            inner = self._members.get(node := waiting.pop())
            if not inner:
                found[node] = None
            for item in inner or ():
                if item not in seen:
                    seen.add(item)
                    waiting.append(item)
        return list(reversed(found))

    def edge(self, start: Node, end: Node, by: str, through: Iterable[Node | str], position: int) -> None:
        """Data could move from one to the other, and no further."""
        if start is end or start == end:
            return
        way = tuple(sorted({address(node) for node in through} - {address(start), address(end)}))
        key = (address(start), address(end), by, way)
        if len(self._edges) <= MOST:
            self._edges.setdefault(key, Edge(start, end, by, way, position))

    def to_members(self, start: Node, group: Node, by: str, through: Iterable[Node | str], position: int) -> None:
        """Data could move from ``start`` to whatever is in ``group``."""
        members = self.members(group)
        if len(members) > 1 and len(self._edges) > EXACT:
            self._whole.setdefault(group, (by, position))
            self.edge(start, group, by, through, position)
            return
        way = [*through, group]
        for member in members:
            self.edge(start, member, by, way, position)

    def connect(self, one: Node, other: Node, through: Iterable[Node | str], position: int) -> None:
        """A connection between two groups may be made: it carries data both ways."""
        way = list(through)
        self.to_members(one, other, "network", way, position)
        self.to_members(other, one, "network", way, position)

    def close(self) -> None:
        """Add edges from members to groups from which edges lead on, and from groups that are ends to members."""
        for group, (by, position) in self._whole.items():
            for member in self.members(group):
                self.edge(group, member, by, (), position)
        waiting = list(dict.fromkeys(edge.start for edge in self if edge.start in self._members))
        seen = set(waiting)
        while waiting:
            group = waiting.pop()
            for item, by in self._members.get(group, {}).items():
                self.edge(item, group, by, (), item.position if isinstance(item, Resource) else 0)
                if item not in seen:
                    seen.add(item)
                    waiting.append(item)


def address(node: Node | str) -> str:
    """How a node is called in facts."""
    return node.address if isinstance(node, Resource) else node
