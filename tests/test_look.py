"""A look at this machine: what its sockets say, who is at the other end, and the words of the law on each row."""

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import psutil
import pytest
from running import ROOT, pack

from comity import looking
from comity.errors import UsageError
from comity.looking import INBOUND, MACHINE, look, open_connections
from comity.report import live
from comity.report import text as text_report

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HERE = "192.0.2.10"
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM

#: Addresses of the shipped table: two of one party in one place, one elsewhere, one that is answered everywhere.
YANDEX, YANDEX_TOO, SCALEWAY, ALIBABA_DNS = "77.88.55.88", "77.88.44.55", "163.172.1.1", "223.5.5.5"

NAMES = {1: "sshd", 10: "browser", 11: "backup"}


def end(text: str):
    address, _, port = text.rpartition(":")
    return SimpleNamespace(ip=address, port=int(port)) if text else ()


def opened(local: str, remote: str, pid: int | None = 10, status: str = "ESTABLISHED", type: int = TCP):
    """A socket as psutil tells of it."""
    return SimpleNamespace(type=type, laddr=end(local), raddr=end(remote), status=status, pid=pid)


def waiting(local: str, pid: int | None = 1, type: int = TCP):
    return opened(local, "", pid, "LISTEN" if type == TCP else "NONE", type)


BUSY = [
    waiting("0.0.0.0:22"),
    opened(f"{HERE}:50001", f"{YANDEX}:443"),
    opened(f"{HERE}:50002", f"{YANDEX_TOO}:443"),
    opened(f"{HERE}:50003", f"{SCALEWAY}:443", 11),
    opened(f"{HERE}:50004", f"{ALIBABA_DNS}:443"),
    opened(f"{HERE}:22", f"{SCALEWAY}:61000", 1),
]


def seen(*sockets):
    return open_connections(sockets, NAMES.get)


def looked(*sockets, **options):
    return look(sockets=sockets or BUSY, name_of=NAMES.get, now=NOW, **options)


def words(found) -> dict[tuple[str, str], str]:
    """The word of each row by process and place."""
    return {(row.process, row.end.place): row.word for row in live._rows(found)}


def test_who_opened_a_connection_is_told_by_the_ports_that_wait():
    found = seen(
        waiting("0.0.0.0:22"),
        waiting(":::8443"),
        waiting("0.0.0.0:51820", type=UDP),
        opened(f"{HERE}:22", "198.51.100.7:61000"),
        opened(f"::ffff:{HERE}:8443", "::ffff:198.51.100.8:61001"),
        opened(f"{HERE}:51820", "198.51.100.9:51820", status="NONE", type=UDP),
        opened(f"{HERE}:50001", "", status="CLOSE"),
        opened(f"{HERE}:50001", "198.51.100.10:22"),
        opened(f"{HERE}:51820", "198.51.100.11:443"),
        opened("2001:db8::1:50002", "2001:db8:1::2:443"),
    )

    assert [(c.remote, c.port, c.inbound) for c in sorted(found.connections, key=lambda c: c.remote)] == [
        ("198.51.100.10", 22, False),
        ("198.51.100.11", 443, False),
        ("198.51.100.7", 22, True),
        ("198.51.100.8", 8443, True),
        ("198.51.100.9", 51820, True),
        ("2001:db8:1::2", 443, False),
    ]
    assert not found.left_out


def test_what_stays_near_or_is_not_open_is_counted_and_left_out():
    found = seen(
        waiting("127.0.0.1:5432"),
        opened("127.0.0.1:40000", "127.0.0.1:5432"),
        opened("127.0.0.1:5432", "127.0.0.1:40000"),
        opened("::1:40000", "::1:5432"),
        opened(f"{HERE}:40001", f"{HERE}:8080"),
        opened("fe80::1%eth0:40002", "fe80::2%eth0:445"),
        opened(f"{HERE}:40003", "224.0.0.251:5353", type=UDP, status="NONE"),
        opened(f"{HERE}:40004", "198.51.100.7:443", status="SYN_SENT"),
        opened(f"{HERE}:40005", "198.51.100.7:443", None, "TIME_WAIT"),
        opened(f"{HERE}:40006", "", type=UDP, status="NONE"),
        opened(f"{HERE}:40007", "198.51.100.7:443"),
    )

    assert [connection.remote for connection in found.connections] == ["198.51.100.7"]
    assert found.left_out == {"within this machine": 4, "within the link": 2, "not open: being set up or closed": 2}


def test_each_row_names_place_party_and_control():
    rows = {(row.process, row.inbound, row.end.place): (row.end, addresses) for row, addresses in ends(looked())}

    yandex, addresses = rows["browser", False, "RU"]
    assert (yandex.seat, yandex.controlled_by) == (("RU",), ("RU",))
    assert sorted(addresses) == [YANDEX_TOO, YANDEX]
    anycast, _ = rows["browser", False, None]
    assert (anycast.nature, anycast.party[:7]) == ("anycast", "Alibaba")
    assert rows["backup", False, "FR"][0] == rows["sshd", True, "FR"][0]


def ends(found):
    return live._rows(found).items()


def test_the_table_is_as_people_see_it():
    text = live.render(looked())
    table = text.split("\n\n")[1].splitlines()

    assert text.startswith("This machine at 2026-03-02 10:00 UTC: 5 connections beyond it, by 3 processes\n")
    assert table[0].split() == ["Process", "Address", "Place", "Who", "is", "there", "Seat", "Control", "Verdict"]
    told = {" ".join(line.split()[:5]) for line in table[1:] if not line.startswith(" ")}
    assert {"backup 163.172.1.1 → FR Scaleway", "sshd 163.172.1.1 ← FR Scaleway"} <= told
    assert {f"browser ×2 {YANDEX_TOO} +1 →", "browser 223.5.5.5 → anycast Alibaba"} <= told
    assert text.endswith(text_report.render(looked().judgement))


#: By the law of the tests, personal data may not cross a border.
PROFILE = """
[party]
name = "Lumen"
seat = ["FR"]

[[system]]
name = "desk"
captures = ["this machine"]
place = "FR"
data = ["EmailAddress"]
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "comity.toml"
    path.write_text(PROFILE, encoding="utf-8")
    return path


def test_a_row_says_what_the_report_finds(tmp_path: Path, profile: Path):
    found = looked(profile=profile, packs=[str(pack(tmp_path))])

    assert words(found) == {
        ("backup", "FR"): "no rule speaks of it",
        ("browser", "RU"): "breach of law",
        ("browser", None): "not known",
        ("sshd", "FR"): "no rule speaks of it",
    }
    (finding,) = (finding for finding in found.judgement.findings if finding.verdict == "breach")
    assert (finding.count, finding.facets["from"], finding.facets["to"]) == (2, "FR", "RU")
    assert {(e.file, e.where) for e in finding.evidence} == {(MACHINE, "browser (pid 10), port 443")}


def test_a_row_says_that_a_rule_is_kept(tmp_path: Path, profile: Path):
    law = pack(tmp_path, more='duty: flow.to == "RU"')

    assert words(looked(profile=profile, packs=[str(law)]))["browser", "RU"] == "kept"


def test_every_finding_is_told_of_in_some_row():
    """With all the law there is: what the table says is what the report found, connection by connection."""
    found = looked(place="DE")

    told = {facets for (_, _, facets) in found.connections}
    findings = [finding.facets for finding in found.judgement.findings if finding.about == "flow"]
    assert findings
    assert {looking.Facets(f["from"], f["to"], f["recipient"], f["product"]) for f in findings} <= told


def test_the_place_of_this_machine_is_told_by_hand_by_the_profile_or_not_at_all(profile: Path):
    def places(**options):
        found = looked(**options)
        return {(c.inbound, facets.origin if not c.inbound else facets.target) for c, _, facets in found.connections}

    assert places(place="SG") == {(False, "SG"), (True, "SG")}
    assert places(profile=profile) == {(False, "FR"), (True, "FR")}
    assert places(profile=profile, place="SG") == {(False, "SG"), (True, "SG")}
    assert places() == {(False, None), (True, None)}


def test_what_a_person_sends_is_no_transfer_until_a_profile_says_whose_machine_it_is(profile: Path):
    def rules(**options):
        sent = [found for found in BUSY if not found.raddr or found.laddr.port != 22]
        judged = look(sockets=sent, name_of=NAMES.get, now=NOW, packs=["eu-gdpr-transfers"], **options)
        return {result.rule.id: result for result in judged.judgement.rules}["art-44"], live.render(judged)

    person, told = rules(place="FR")
    assert person.out_of_scope == 4
    assert "counts as sent by the person who uses it" in " ".join(told.split())

    company, told = rules(profile=profile)
    assert company.out_of_scope < 4
    assert "counts as sent by" not in told


def test_processes_that_are_not_told_are_counted():
    found = looked(opened(f"{HERE}:50001", f"{YANDEX}:443", None), opened(f"{HERE}:50002", f"{YANDEX}:443", 99))

    (record,) = found.judgement.evidence
    assert (record.path, record.reading.read) == (MACHINE, 2)
    assert record.reading.notes == ["2 × whose process is not told: an administrator sees more"]
    assert [row.process for row in live._rows(found)] == [None]


def test_what_others_opened_is_evidence_of_its_own():
    outbound, inbound = looked().judgement.evidence

    assert (outbound.path, outbound.reading.read, inbound.path, inbound.reading.read) == (MACHINE, 4, INBOUND, 1)


def test_the_name_of_a_process_steers_no_terminal():
    name = "\x1b[31m\n[bold]x"
    found = look(sockets=BUSY, name_of=lambda pid: name, now=NOW)

    assert "\x1b" not in live.render(found)
    assert r"\x1b[31m\n[bold]x" in "".join(live.render(found).split("\n\n")[1].split())


def test_a_busy_server_is_told_in_part(monkeypatch):
    crowd = [opened(f"{HERE}:{50000 + n}", f"{YANDEX}:443", n) for n in range(live.TOLD + 3)]

    text = live.render(look(sockets=crowd, name_of=lambda pid: f"worker-{pid}", now=NOW, packs=["gdsi"]))

    assert text.count("worker-") >= live.TOLD
    assert "and 3 more: --format json has all" in text


def test_nothing_is_sent_and_no_name_is_looked_up(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the network is asked")

    for name in ("getaddrinfo", "gethostbyaddr", "gethostbyname", "getnameinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert looked(packs=["gdsi"]).judgement.facts == 5


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def machine(monkeypatch):
    """Lets the operating system have these sockets."""

    def having(*sockets):
        monkeypatch.setattr(psutil, "net_connections", lambda kind: list(sockets))
        monkeypatch.setattr(looking, "_name_of", NAMES.get)

    return having


def test_the_command_prints_table_and_report(machine, comity, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    machine(*BUSY)

    run = comity("look", "--pack", "gdsi", "--place", "KE")

    assert (run.code, run.err) == (0, "")
    assert "5 connections beyond it" in run.out
    assert "Global Initiative on Data Security" in run.out


def test_breaches_show_in_the_exit_code(machine, comity, tmp_path: Path, profile: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where comity.toml lies
    machine(*BUSY)

    assert comity("look", "--pack", pack(tmp_path)).code == 1


def test_json_has_every_connection_and_the_report_by_its_schema(machine, comity, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    machine(*BUSY, opened("127.0.0.1:1", "127.0.0.1:2"))
    output = tmp_path / "look.json"

    run = comity("look", "--format", "json", "--output", output)

    document = json.loads(output.read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "docs" / "reference" / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document["report"])
    assert (run.out, document["left_out"]) == ("", {"within this machine": 1})
    sockets = {(c["process"], c["remote"], c["inbound"], c["place"]) for c in document["connections"]}
    assert ("backup", SCALEWAY, False, "FR") in sockets
    assert len(sockets) == 5
    assert document["report"]["facts"]["flow"] == 5


@pytest.mark.parametrize(
    ("sockets", "told"),
    [
        ((), "no connection leads beyond this machine now\n"),
        ((waiting("0.0.0.0:22"),), "no connection leads beyond this machine now\n"),
        (
            (opened("127.0.0.1:1", "127.0.0.1:2"),),
            "no connection leads beyond this machine now (1 within this machine)\n",
        ),
    ],
)
def test_a_quiet_machine_is_one_clear_sentence(sockets, told: str, machine, comity):
    machine(*sockets)

    run = comity("look")

    assert (run.code, run.out) == (2, "")
    assert told in run.err


@pytest.mark.parametrize(
    "error", [psutil.AccessDenied(), PermissionError(13, "Permission denied"), OSError("no table")]
)
def test_a_system_that_tells_nothing_is_one_clear_message(error: Exception, monkeypatch, comity):
    def refuse(kind):
        raise error

    monkeypatch.setattr(psutil, "net_connections", refuse)

    run = comity("look")

    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("error[look]: this system does not tell its connections: ")


@pytest.mark.parametrize("place", ["UK", "de", "Germany", ""])
def test_a_place_is_a_jurisdiction(place: str, comity):
    run = comity("look", "--place", place)

    assert run.code == 2
    assert f"`{place}` is not a jurisdiction code such as DE" in run.err


def test_the_live_system_is_read():
    """Real sockets: a conversation of this process with itself is seen from both ends, and left out."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        peer, _ = server.accept()
        with peer:
            try:
                real = looking._sockets()
            except UsageError:
                pytest.skip("this system does not tell its connections")
            ours = [s for s in real if s.laddr in (client.getsockname(), peer.getsockname()) and s.raddr]

    assert {(s.laddr.port, s.raddr.port) for s in ours} == {
        (port, other) for port, other in [(s.raddr.port, s.laddr.port) for s in ours]
    }
    assert len(ours) == 2
    assert open_connections(ours, looking._name_of) == looking.Sockets(left_out={"within this machine": 2})


def test_the_live_command_shows_this_very_process(comity, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        try:
            sender.connect(("198.51.100.7", 9))  # with UDP, this sends nothing
            looking._sockets()
        except (OSError, UsageError):
            pytest.skip("this system has no route, or does not tell its connections")
        run = comity("look", "--pack", "gdsi", "--format", "json")

    assert run.code == 0
    (mine,) = (c for c in json.loads(run.out)["connections"] if c["remote"] == "198.51.100.7")
    assert (mine["pid"], mine["process"]) == (os.getpid(), psutil.Process().name())
    assert (mine["nature"], mine["place"], mine["inbound"]) == ("reserved", None, False)
