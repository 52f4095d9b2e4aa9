"""Barriers kept and broken: what flows did, what paths allow, what can't be told; what a profile may say of them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity import check
from comity.engine.duckdb import Engine
from comity.enrich import routes
from comity.enrich.places import shipped
from comity.enriching import enriched
from comity.errors import ProfileError
from comity.evidence import read_all
from comity.evidence.base import FactTables
from comity.profile import Barrier, Profile, load_profile

#: Two products of one house, each with servers of its own, an app, and a gate between them.
PROFILE = """
[[system]]
name = "music servers"
networks = ["10.20.0.0/16"]
hosts = ["*.music.example"]
product = "Music"

[[system]]
name = "video servers"
networks = ["10.30.0.0/16"]
hosts = ["*.video.example"]
product = "Video"

[[system]]
name = "gate"
networks = ["10.40.0.1/32"]
hosts = ["gate.example"]

[[product]]
name = "Music"
captures = ["music-app*"]

[[product]]
name = "Video"
captures = ["video-app*"]

[[product]]
name = "Radio"
"""

APART = """
[[barrier]]
name = "apart"
inside = ["Music"]
outside = ["Video"]
gates = ["gate"]
"""


def barrier(inside: str, outside: str = "", gates: str = "", name: str = "held") -> str:
    """A barrier of a profile; entries are parted by blanks."""
    sides = {"inside": inside, "outside": outside, "gates": gates}
    lines = [f"{key} = {json.dumps(entries.split())}" for key, entries in sides.items() if entries]
    return "\n".join(["[[barrier]]", f'name = "{name}"', *lines, ""])


def write(folder: Path, profile: str, facts: Iterable[dict[str, Any]], name: str = "facts.ndjson") -> Path:
    """A profile and a file of facts beside it."""
    (folder / "comity.toml").write_text(profile, encoding="utf-8")
    path = folder / name
    path.write_text("".join(f"{json.dumps(fact)}\n" for fact in facts), encoding="utf-8")
    return path


def known(profile: Profile, path: Path, kind: str) -> list[dict[str, Any]]:
    """What is known of the facts of a file and of barriers, ways of several steps included."""
    with Engine(memory="1GB") as engine:
        tables = FactTables(engine)
        records = read_all([path], tables)
        routes.add_ways(tables, profile, {record.number: record.reading for record in records if record.reading})
        files = {record.number: record.path for record in records}
        (facts,) = (f for f in enriched(engine, tables, profile, shipped(), files, 99) if f.kind.name == kind)
        names = ["crosses", "gated", "within", *(["start", "end", "through", "route", "by"] if kind == "path" else [])]
        listing = ", ".join(f"{facts.value(name)}" for name in names)
        rows = engine.rows(
            f"SELECT {listing} FROM ({facts.relation}) f {facts.joins()} ORDER BY f.file = 0, f.position"
        )
        return [dict(zip(names, row, strict=True)) for row in rows]


def told(folder: Path, profile: str, *flows: dict[str, Any], name: str = "facts.ndjson") -> list[tuple[Any, ...]]:
    """What flows cross, what they cross through a gate, what they stay within."""
    path = write(folder, profile, ({"kind": "flow", **flow} for flow in flows), name)
    found = known(load_profile(folder / "comity.toml"), path, "flow")
    return [tuple(flow.values()) for flow in found]


def paths(folder: Path, profile: str, *edges: dict[str, Any]) -> list[dict[str, Any]]:
    """Paths as barriers see them; those of several steps last."""
    path = write(folder, profile, ({"kind": "path", **edge} for edge in edges))
    return known(load_profile(folder / "comity.toml"), path, "path")


def edge(start: str, end: str, *through: str, by: str = "network") -> dict[str, Any]:
    return {"start": start, "end": end, "through": list(through), "by": by}


def counted(path: Path) -> dict[str, tuple[int, int, int, int]]:
    """Breaches, unknowns, kept, out of scope by kind of fact, as the pack of promises judges."""
    judgement = check([path], packs=["promises"])
    return {r.rule.about: (r.breach, r.unknown, r.kept, r.out_of_scope) for r in judgement.rules}


NOTHING: list[str] = []
HELD, CROSSES, GATED, WITHIN = ["held"], (["held"], [], []), ([], ["held"], []), ([], [], ["held"])
NONE, OPEN = ([], [], []), (None, None, None)

MUSIC, VIDEO, GATE, STRANGER = "10.20.0.7", "10.30.0.7", "10.40.0.1", "203.0.113.9"


# Flows ----------------------------------------------------------------------------------------------------------------

#: What is inside, outside and a gate, a flow, and what comes of it.
FLOWS = {
    "from one product to the other": ("Music", "Video", "", {"source": MUSIC, "address": VIDEO}, CROSSES),
    "and back": ("Music", "Video", "", {"source": VIDEO, "address": MUSIC}, CROSSES),
    "by host name": ("Music", "Video", "", {"source": MUSIC, "host": "api.video.example"}, CROSSES),
    "to the gate": ("Music", "", "gate", {"source": MUSIC, "address": GATE}, GATED),
    "from the gate": ("Music", "", "gate", {"source": GATE, "address": MUSIC}, GATED),
    "to a third party that neither side is": (
        "Music", "Video", "", {"source": MUSIC, "address": STRANGER}, NONE,
    ),
    "to a third party where all else is outside": ("Music", "", "", {"source": MUSIC, "address": STRANGER}, CROSSES),
    "to a third party known by its name": ("Music", "", "", {"source": MUSIC, "host": "tracker.example"}, CROSSES),
    "within": ("Music", "Video", "", {"source": MUSIC, "host": "db.music.example"}, WITHIN),
    "outside alone": ("Music", "", "", {"source": VIDEO, "address": STRANGER}, NONE),
    "nothing is known of the receiver": ("Music", "", "", {"source": MUSIC}, (None, [], None)),
    "nothing is known of the sender": ("Music", "", "", {"address": MUSIC}, (None, [], None)),
    "nothing is known of the receiver, which may be the gate": ("Music", "", "gate", {"source": MUSIC}, OPEN),
    "the receiver is neither inside nor known to be outside": (
        "Music", "Video", "", {"source": MUSIC, "bytes": 1}, (None, [], None),
    ),
    "names inside, and a sender with an address alone": (
        "*.jazz.example", "", "", {"source": STRANGER, "host": "a.jazz.example"}, (None, [], None),
    ),
    "names inside, and a sender that is a system of ours": (
        "*.jazz.example", "", "", {"source": VIDEO, "host": "a.jazz.example"}, CROSSES,
    ),
    "names inside, and a receiver with an address alone": (
        "*.jazz.example", "music+servers", "", {"source": MUSIC, "address": STRANGER}, (None, [], []),
    ),
    "the name itself": ("*.jazz.example", "", "", {"source": VIDEO, "host": "jazz.example"}, CROSSES),
    "a name that ends alike": ("*.jazz.example", "", "", {"source": VIDEO, "host": "freejazz.example"}, NONE),
    "networks inside, and a receiver known by its name": (
        "10.20.0.0/16", "", "", {"source": MUSIC, "host": "tracker.example"}, CROSSES,
    ),
    "networks outside, and a receiver known by its name": (
        "Music", "198.51.100.0/24", "", {"source": MUSIC, "host": "tracker.example"}, (None, [], []),
    ),
    "a network in IPv6": (
        "2001:db8:1::/48", "2001:db8:2::/48", "", {"source": "2001:db8:1::7", "address": "2001:db8:2::7"}, CROSSES,
    ),
    "an AS number that the record gives": ("Music", "AS64500", "", {"source": MUSIC, "network": 64500}, CROSSES),
    "another AS number": ("Music", "AS64500", "", {"source": MUSIC, "network": 64501}, NONE),
    "an AS number from the table of addresses": (
        "Music", "AS15169", "", {"source": MUSIC, "address": "8.8.8.8"}, CROSSES,
    ),
    "no AS number known": ("Music", "AS64500", "", {"source": MUSIC, "address": STRANGER}, (None, [], [])),
    "a gate named by host receives": ("Music", "", "door.example", {"source": MUSIC, "host": "door.example"}, GATED),
    "a gate named by host, and a receiver with an address alone": (
        "Music", "", "door.example", {"source": MUSIC, "address": STRANGER}, (None, None, []),
    ),
    "a gate named by host does not excuse the sender": (
        "Music", "", "door.example", {"source": MUSIC, "host": "tracker.example"}, CROSSES,
    ),
    "resources say nothing of hosts": (
        "Music module.music.* aws_s3_bucket.songs", "", "", {"source": VIDEO, "address": STRANGER}, NONE,
    ),
    "a barrier of resources is none of a flow's": ("module.music.* aws_s3_bucket.songs", "", "", {"bytes": 5}, NONE),
    "the flow names its product": ("Radio", "Video", "", {"product": "Radio", "address": VIDEO}, CROSSES),
    "the flow names its system": (
        "music+servers", "Video", "", {"product": "music servers", "address": VIDEO}, CROSSES,
    ),
    "a product that only flows could name, and this one does not": (
        "Radio", "Video", "", {"source": STRANGER, "address": VIDEO}, (None, [], []),
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", FLOWS)
def test_a_flow_at_a_barrier(story, tmp_path):
    *lists, flow, expected = FLOWS[story]
    profile = PROFILE + barrier(*lists).replace("music+servers", "music servers")

    assert told(tmp_path, profile, flow) == [expected]


def test_an_app_is_told_by_the_files_recorded_on_it(tmp_path):
    flow = {"host": "api.video.example"}

    assert told(tmp_path, PROFILE + APART, flow, name="music-app.ndjson") == [(["apart"], [], [])]
    assert told(tmp_path, PROFILE + APART, flow, name="video-app.ndjson") == [([], [], [])]
    assert told(tmp_path, PROFILE + APART, flow, name="lost.ndjson") == [(None, None, [])]


def test_what_is_certain_at_one_barrier_is_not_hidden_by_what_is_open_at_another(tmp_path):
    profile = PROFILE + barrier("Music", name="one") + barrier("*.jazz.example", name="two")

    assert told(
        tmp_path,
        profile,
        {"source": MUSIC, "address": STRANGER},
        {"product": "Music", "host": "db.music.example"},
        {"source": STRANGER, "host": "tracker.example"},
    ) == [(["one"], [], []), (None, [], ["one"]), (None, [], [])]


def test_what_a_record_says_itself_goes_first(tmp_path):
    flow = {"source": MUSIC, "address": VIDEO, "crosses": []}

    assert told(tmp_path, PROFILE + APART, flow, {**flow, "crosses": None}) == [
        ([], [], []),
        (["apart"], [], []),
    ]


def test_without_a_barrier_nothing_is_crossed_and_nothing_is_open(tmp_path):
    path = write(tmp_path, PROFILE, [{"kind": "flow", "source": MUSIC}, {"kind": "path", "start": "a.b"}])

    assert counted(path) == {"flow": (0, 0, 0, 1), "path": (0, 0, 0, 1)}
    assert known(Profile(), path, "flow") == [{"crosses": [], "gated": [], "within": []}]


def test_the_whole_story_of_a_barrier(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sent = [
        {"source": MUSIC, "address": VIDEO, "bytes": 70},
        {"source": MUSIC, "address": GATE, "bytes": 5},
        {"source": MUSIC, "host": "db.music.example", "bytes": 5},
        {"source": MUSIC, "bytes": 5},
        {"source": VIDEO, "address": STRANGER, "bytes": 5},
        {"source": MUSIC, "address": VIDEO, "bytes": 5, "blocked": True},
    ]
    path = write(tmp_path, PROFILE + APART, [{"kind": "flow", "at": "2026-03-02T10:00:00Z", **flow} for flow in sent])
    run = comity("check", path.name, "--pack", "promises")

    assert counted(path) == {"flow": (1, 1, 2, 2)}
    assert run.code == 1
    assert "commitment not kept  Profile, [[barrier]] (promises barrier)" in run.out
    assert "line 1, 2026-03-02 10:00:00 UTC, to 10.30.0.7 decided by crosses: apart kept if" in " ".join(
        run.out.split()
    )
    assert "(flow.crosses), as with recipient not known\n          → a [[system]] with `networks`" in run.out


def test_a_barrier_that_is_kept_ends_well(tmp_path, comity):
    path = write(tmp_path, PROFILE + APART, [{"kind": "flow", "source": MUSIC, "address": GATE, "bytes": 5}])
    run = comity("check", path, "--pack", "promises")

    assert (run.code, counted(path)) == (0, {"flow": (0, 0, 1, 0)})
    assert "No breach was found" in run.out


# Paths ----------------------------------------------------------------------------------------------------------------

CLOUD = barrier("module.music.*", "module.video.*", "aws_networkfirewall_firewall.gate aws_iam_role.broker")


def test_a_leak_of_two_steps_through_a_peering_is_shown_in_order(tmp_path):
    found = paths(
        tmp_path,
        CLOUD,
        edge("module.music.aws_vpc.main", "aws_vpc_peering_connection.both", "aws_route.out"),
        edge("aws_vpc_peering_connection.both", "module.video.aws_vpc.main"),
    )

    assert [path["crosses"] for path in found] == [[], [], HELD]
    assert found[2]["route"] == (
        "module.music.aws_vpc.main → aws_route.out → aws_vpc_peering_connection.both → module.video.aws_vpc.main"
    )
    assert found[2]["through"] == ["aws_route.out", "aws_vpc_peering_connection.both"]


def test_the_report_shows_the_offending_path_and_where_it_begins(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(
        tmp_path,
        CLOUD,
        [
            {"kind": "path", **edge("aws_vpc.hub", "module.video.aws_vpc.main")},
            {"kind": "path", **edge("module.music.aws_vpc.main", "aws_vpc.hub")},
        ],
    )
    run = comity("check", path.name, "--pack", "promises")

    assert run.code == 1
    assert "barrier `held`: ways of several steps from inside past its gates, judged too: 1" in run.out
    shown = " ".join(run.out.split())
    assert (
        "line 2 (module.music.aws_vpc.main → aws_vpc.hub → module.video.aws_vpc.main) decided by crosses: held" in shown
    )
    assert "? → ?, module.video.aws_vpc.main: 1 path" in run.out


def test_what_stands_at_the_same_place_in_a_file_is_not_mixed_up(tmp_path):
    """Ways begin where an edge stands that is no breach: the finding tells of the way, not of the edge."""
    steps = [f"aws_vpc.hop{number}" for number in range(4)]
    nodes = ["module.music.aws_vpc.main", *steps, "module.video.aws_vpc.main"]
    edges = [{"kind": "path", **edge(a, b)} for a, b in pairwise(nodes)]
    judgement = check([write(tmp_path, CLOUD, edges)], packs=["promises"])

    (finding,) = judgement.findings
    assert finding.situation["path.crosses"] == HELD
    assert [(e.where, e.name) for e in finding.evidence] == [("line 1", " → ".join(nodes))]


def test_permissions_leak_too_and_mix_with_networks(tmp_path):
    found = paths(
        tmp_path,
        CLOUD,
        edge("module.music.aws_instance.app", "aws_iam_role.shared", by="iam"),
        edge("aws_iam_role.shared", "module.video.aws_s3_bucket.clips", "aws_iam_policy.read", by="iam"),
        edge("module.video.aws_s3_bucket.clips", "module.video.aws_vpc.main"),
    )

    assert [(path["route"].count("→"), path["by"], path["crosses"]) for path in found[3:]] == [
        (3, "iam", HELD),
        (4, "both", HELD),
    ]


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        pytest.param(
            [edge("module.music.a", "aws_networkfirewall_firewall.gate"),
             edge("aws_networkfirewall_firewall.gate", "module.video.b")],
            {("gated", "module.music.a", "aws_networkfirewall_firewall.gate"),
             ("gated", "module.music.a", "module.video.b")},
            id="the gate is a node on the way",
        ),
        pytest.param(
            [edge("module.music.a", "module.video.b", "aws_networkfirewall_firewall.gate[0]")],
            {("gated", "module.music.a", "module.video.b")},
            id="the edge leads through the gate",
        ),
        pytest.param(
            [edge("module.music.a", "x.hub", "aws_networkfirewall_firewall.gate"), edge("x.hub", "module.video.b")],
            {("gated", "module.music.a", "module.video.b")},
            id="one of two edges leads through the gate",
        ),
        pytest.param(
            [edge("module.music.a", "module.video.b", "aws_networkfirewall_firewall.gate"),
             edge("module.music.a", "module.video.b")],
            {("gated", "module.music.a", "module.video.b"), ("crosses", "module.music.a", "module.video.b")},
            id="beside the gate there is a door",
        ),
        pytest.param(
            [edge("module.music.a", "module.video.b", "aws_networkfirewall_firewall.gate"),
             edge("module.music.a", "x.long"), edge("x.long", "x.way"), edge("x.way", "module.video.b")],
            {("gated", "module.music.a", "module.video.b"), ("crosses", "module.music.a", "module.video.b")},
            id="a long way round the gate",
        ),
        pytest.param(
            [edge("module.video.b", "x.hub"), edge("x.hub", "module.music.a")],
            {("crosses", "module.video.b", "module.music.a")},
            id="from outside to inside",
        ),
        pytest.param(
            [edge("module.music.a", "x.hub"), edge("module.video.b", "x.hub")],
            set(),
            id="two that only meet",
        ),
        pytest.param(
            [edge("module.music.a", "x.one"), edge("x.one", "x.two"), edge("x.two", "x.one"),
             edge("x.two", "module.music.a"), edge("x.one", "module.video.b"),
             edge("module.video.b", "module.video.b")],
            {("crosses", "module.music.a", "module.video.b")},
            id="cycles",
        ),
        pytest.param(
            [edge("module.music.a", "internet"), edge("internet", "x.hub"), edge("x.hub", "module.video.b")],
            set(),
            id="everyone passes nothing on",
        ),
        pytest.param(
            [edge("module.music.a", "module.music.b")], {("within", "module.music.a", "module.music.b")}, id="within"
        ),
    ],
)  # fmt: skip
def test_gates_doors_and_cycles(edges, expected, tmp_path):
    found = paths(tmp_path, CLOUD, *edges)

    assert {
        (name, p["start"], p["end"]) for p in found for name in ("crosses", "gated", "within") if p[name]
    } == expected


def test_where_all_else_is_outside_every_step_out_counts(tmp_path):
    found = paths(tmp_path, barrier("module.music"), edge("module.music.a[0]", "x.hub"), edge("x.hub", "0.0.0.0/0"))

    assert [(path["start"], path["end"], path["crosses"]) for path in found] == [
        ("module.music.a[0]", "x.hub", HELD),
        ("x.hub", "0.0.0.0/0", []),
        ("module.music.a[0]", "0.0.0.0/0", HELD),
    ]


@pytest.mark.parametrize(
    ("node", "inside"),
    [
        ("songs", True),
        ("aws_s3_bucket.songs_eu", True),
        ("db.songs.example", True),
        ("10.20.3.0/24", True),
        ("10.20.3.4", True),
        ("10.0.0.0/8", False),
        ("aws_s3_bucket.clips", False),
        ("songs.example.org", False),
    ],
)
def test_a_node_may_be_a_system_its_stores_its_hosts_or_its_networks(node, inside, tmp_path):
    profile = """[[system]]
name = "songs"
networks = ["10.20.0.0/16"]
hosts = ["*.songs.example"]
stores = ["aws_s3_bucket.songs*"]

"""
    (found,) = paths(tmp_path, profile + barrier("songs"), edge("songs", node, "10.20.3.5"))

    assert (found["crosses"], found["within"]) == (([], HELD) if inside else (HELD, []))


def test_everyone_may_be_where_a_way_begins_and_ends(tmp_path):
    found = paths(
        tmp_path,
        barrier("module.music.*"),
        edge("internet", "x.hub"),
        edge("x.hub", "module.music.a"),
        edge("module.music.a", "internet"),
    )

    assert [path["route"] for path in found if path["crosses"]] == [
        "x.hub → module.music.a",
        "module.music.a → internet",
        "internet → x.hub → module.music.a",
    ]


def test_a_path_that_leads_nobody_knows_where_is_not_settled(tmp_path):
    path = write(tmp_path, CLOUD, [{"kind": "path", "start": "module.music.a", "by": "network"}])

    assert counted(path) == {"path": (0, 1, 0, 0)}


def test_a_barrier_with_nothing_inside_is_told(tmp_path, comity):
    path = write(tmp_path, barrier("module.musik.*"), [{"kind": "path", **edge("module.music.a", "x.hub")}])

    assert "barrier `held`: no path in evidence starts or ends inside" in comity("check", path).out


def test_a_large_graph_is_counted_in_full_and_judged_in_part(tmp_path, monkeypatch):
    """A hundred nodes on each side of a hub, and a line of nodes without end that leads nowhere."""
    monkeypatch.setattr(routes, "MOST_WAYS", 30)
    edges = [edge(f"module.music.a{n}", "x.hub") for n in range(100)]
    edges += [edge("x.hub", f"module.video.b{n}") for n in range(100)]
    edges += [edge(f"x.n{n}", f"x.n{n + 1}") for n in range(10_000)]
    path = write(tmp_path, CLOUD, [{"kind": "path", **one} for one in edges])
    judgement = check([path], packs=["promises"])

    assert judgement.evidence[0].reading.notes == [
        "barrier `held`: ways of several steps from inside past its gates, judged too: 30, the nearest of 10,000"
    ]
    assert [(r.breach, r.out_of_scope) for r in judgement.rules if r.rule.about == "path"] == [(30, 10_200)]


def test_too_many_paths_are_judged_each_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(routes, "MOST_EDGES", 2)
    edges = [edge("module.music.a", "x.hub"), edge("x.hub", "module.video.b"), edge("module.music.a", "module.video.b")]
    path = write(tmp_path, CLOUD, [{"kind": "path", **one} for one in edges])
    judgement = check([path], packs=["promises"])

    assert judgement.evidence[0].reading.notes == [
        "more than 2 paths are not put end to end: each is judged by itself alone"
    ]
    assert [(r.breach, r.out_of_scope) for r in judgement.rules if r.rule.about == "path"] == [(1, 2)]


# A naive oracle -------------------------------------------------------------------------------------------------------

NODES = ["i.0", "i.1", "i.2", "o.0", "o.1", "n.0", "n.1", "n.2", "g.0", "g.1"]

THROUGH = st.sampled_from([(), (), ("g.0",), ("n.9",), ("n.9", "g.1")])
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), THROUGH), min_size=1, max_size=16)


def steps(edges: list[tuple[str, str, tuple[str, ...]]], start: str, end: str, gates: bool) -> int | None:
    """In how many steps one node leads to another, with or without gates, edge by edge."""
    usable = [(a, b) for a, b, through in edges if gates or not any(n.startswith("g") for n in (a, b, *through))]
    waiting, seen = deque([(start, 0)]), {start}
    while waiting:
        node, distance = waiting.popleft()
        if node == end:
            return distance
        for a, b in usable:
            if a == node and b not in seen:
                seen.add(b)
                waiting.append((b, distance + 1))
    return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=EDGES, all_else=st.booleans())
def test_every_pair_across_is_found_as_a_naive_search_finds_it(edges, all_else, tmp_path):
    profile = Profile(barriers=(Barrier("held", ("i.*",), () if all_else else ("o.*",), ("g.*",)),))
    path = write(tmp_path, "", ({"kind": "path", **edge(a, b, *through)} for a, b, through in edges))
    found = known(profile, path, "path")
    direct, ways = found[: len(edges)], found[len(edges) :]

    inside = [node for node in NODES if node.startswith("i")]
    outside = [node for node in NODES if node.startswith(("o", "n") if all_else else "o")]
    expected = {}
    for a, b in [(a, b) for i in inside for o in outside for a, b in ((i, o), (o, i))]:
        past, by_gates = steps(edges, a, b, gates=False), steps(edges, a, b, gates=True)
        if (past or by_gates or 0) > 1:
            expected[a, b] = ("crosses", past) if past else ("gated", by_gates)
    hops = {
        (way["start"], way["end"]): (n, way["route"]) for way in ways for n in ("crosses", "gated") if way[n] == HELD
    }

    assert {pair: manner for pair, (manner, _) in hops.items()} == {p: manner for p, (manner, _) in expected.items()}
    assert len(ways) == len(expected)
    for pair, (_, distance) in expected.items():
        nodes = [node for node in hops[pair][1].split(" → ") if "n.9" not in node and "," not in node]
        assert len(nodes) >= distance + 1
    for one, (a, b, through) in zip(direct, edges, strict=True):
        sides = {"in" if n in inside else "out" if n in outside or n.startswith("g") else "none" for n in (a, b)}
        gate = any(n.startswith("g") for n in (a, b, *through))
        assert (one["crosses"] == HELD) == (sides == {"in", "out"} and not gate)
        assert (one["gated"] == HELD) == (sides == {"in", "out"} and gate)
        assert (one["within"] == HELD) == (sides == {"in"})


# What a profile may say -----------------------------------------------------------------------------------------------

#: What is wrong with a barrier, its lines, and what a user reads after the place.
MISTAKES = {
    "a system that is not there": (
        'inside = ["music server"]',
        "`music server` in `inside` is no system, product, host, network, AS number or resource",
        "did you mean `music servers`?",
    ),
    "a word like no other": (
        'inside = ["Music"]\ngates = ["weather"]',
        "`weather` in `gates` is no system, product, host, network, AS number or resource",
        "systems and products are `Music`, `Radio`, `Video`, `gate`, `music servers`, `video servers`; "
        "hosts and resources have a dot: `*.cn.example`, `module.cn.*`",
    ),
    "an address with the length of a network": (
        'inside = ["10.20.0.1/16"]',
        "`10.20.0.1/16` in `inside` is no system, product, host, network, AS number or resource",
        "did you mean `10.20.0.0/16`?",
    ),
    "an address of the web": ('inside = ["https://music.example/"]', "`https://music.example/` in `inside` is no", ""),
    "everything": ('inside = ["*.*"]', "`*.*` in `inside` is no", ""),
    "numbers that are no address": ('inside = ["10.20.0.300"]', "`10.20.0.300` in `inside` is no", ""),
    "no list": ('inside = "Music"', "`inside` must be a list of systems and products by name", ""),
    "nothing inside": ("inside = []", "`inside` must be a list with an entry at least", ""),
    "nothing outside": ('inside = ["Music"]\noutside = []', "`outside` must be a list with an entry at least", ""),
    "on both sides": ('inside = ["Music"]\noutside = ["Music"]', "`Music` can't be outside and `Music` inside", ""),
    "a product and its system": (
        'inside = ["Music"]\noutside = ["music servers"]',
        "`music servers` can't be outside and `Music` inside: they overlap",
        "",
    ),
    "a system and a network around it": (
        'inside = ["Music"]\noutside = ["10.0.0.0/8"]', "`10.0.0.0/8` can't be outside and `Music` inside", "",
    ),
    "a host and all below its domain": (
        'inside = ["*.cn.example"]\noutside = ["eu.cn.example"]', "`eu.cn.example` can't be outside", "",
    ),
    "a module and a resource in it": (
        'inside = ["module.cn"]\noutside = ["module.cn.aws_s3_bucket.x"]', "`module.cn.aws_s3_bucket.x` can't be", "",
    ),
    "a name for two": (
        'inside = ["Music"]\n[[barrier]]\nname = "held"\ninside = ["Video"]', "two barriers have the name `held`", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_barrier_that_can_not_be_meant_is_refused(mistake, tmp_path):
    lines, summary, help = MISTAKES[mistake]
    path = tmp_path / "comity.toml"
    path.write_text(f'{PROFILE}\n[[barrier]]\nname = "held"\n{lines}\n')

    with pytest.raises(ProfileError) as raised:
        load_profile(path)
    assert raised.value.summary.startswith(summary)
    assert not help or raised.value.help == help
    assert raised.value.place.line > PROFILE.count("\n")


def test_what_lies_side_by_side_is_taken(tmp_path):
    path = tmp_path / "comity.toml"
    path.write_text(
        PROFILE
        + barrier("Music *.cn.example AS64500 10.50.0.0/16", "Video *.eu.example as64501 10.51.0.0/16 2001:db8::/32")
        + barrier("module.cn", 'module.cnx.* module.eu["a.b"].aws_s3_bucket.x', "aws_instance.gate[0]", name="other")
    )

    assert [one.name for one in load_profile(path).barriers] == ["held", "other"]
