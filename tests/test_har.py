"""HAR files: what a browser recorded becomes flows, and none of the values that it carried is kept."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from reading import SHARED, formats_of, read

from comity.bounds import at_least
from comity.errors import EvidenceError
from comity.evidence import har
from comity.evidence.base import Skip
from comity.evidence.har import stream as har_stream


def entry(url: str = "https://Tracker.Example./p?email=mai@lumen.example", **more: Any) -> dict[str, Any]:
    request = {"method": "POST", "url": url, "headersSize": 100, "bodySize": 20, "headers": [{"name": "Cookie"}]}
    response = {"status": 200, "headersSize": 30, "bodySize": 4000, "content": {"size": 9000, "text": "secret"}}
    made = {"startedDateTime": "2024-05-01T14:00:00.5+02:00", "request": request, "response": response}
    for place, value in more.items():
        parent, within, name = place.partition("__")
        (made[parent] if within else made)[name or parent] = value
    return made


def archive(*entries: Any, **log: Any) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "test"}, **log, "entries": list(entries)}})


def har_file(folder: Path, *entries: Any) -> Path:
    path = folder / "session"
    path.write_text(archive(*entries))
    return path


def flow(folder: Path, *args: str, **more: Any) -> dict[str, Any]:
    facts, _ = read(har_file(folder, entry(*args, **more)))
    return facts[0]


def why_not(folder: Path, item: Any) -> str:
    facts, reading = read(har_file(folder, item))
    assert (facts, reading.read, reading.skipped) == ([], 0, 1)
    assert reading.skips[0].where == "/log/entries/0"
    return reading.skips[0].why


def test_an_entry_is_a_flow_from_the_client(tmp_path: Path) -> None:
    fact = flow(tmp_path, serverIPAddress="[2606:4700:0::1]")
    assert fact.pop("at").isoformat() == "2024-05-01T12:00:00.500000+00:00"
    assert fact == {
        "kind": "flow",
        "file": 1,
        "position": 0,
        "client": True,
        "host": "tracker.example",
        "address": "2606:4700::1",
        "application": "https",
        "encrypted": True,
        "bytes": 120,
        "bytes_back": 4030,
        "blocked": False,
        "data": ["EmailAddress", "…"],
        "people": at_least(1),
    }


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("93.184.216.34", "93.184.216.34"),
        ("93.184.216.34:443", "93.184.216.34"),
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:93.184.216.34", "93.184.216.34"),
        ("93.184.216.34, 93.184.216.34", "93.184.216.34"),
        ("93.184.216.34, 8.8.8.8", None),
        ("via proxy.example", None),
        ("", None),
        (7, None),
    ],
)
def test_server_addresses_come_in_many_spellings(tmp_path: Path, text: Any, address: str | None) -> None:
    assert flow(tmp_path, serverIPAddress=text).get("address") == address


def test_an_address_in_the_url_is_no_host(tmp_path: Path) -> None:
    fact = flow(tmp_path, "ws://[2001:DB8::2]:8080/live", serverIPAddress="10.0.0.1")
    assert ("host" not in fact, fact["address"], fact["application"], fact["encrypted"]) == (
        *(True, "2001:db8::2"),
        *("ws", False),
    )


def test_sizes_that_were_not_recorded_are_not_zero(tmp_path: Path) -> None:
    unknown = {"request__headersSize": -1, "response__headersSize": -1, "response__bodySize": -1}
    fact = flow(tmp_path, **unknown, request__bodySize=0)
    assert "bytes" not in fact
    assert "bytes_back" not in fact
    fact = flow(tmp_path, **unknown, request__bodySize=-1, request__postData={"text": "naïve"}, response__status="200")
    assert fact["bytes"] == 6
    encoded = {"text": "aGVsbG8=", "encoding": "base64"}
    fact = flow(tmp_path, **unknown, request__bodySize=-1, request__postData=encoded, response___transferSize=77.0)
    assert (fact["bytes"], fact["bytes_back"]) == (5, 77)


@pytest.mark.parametrize("response", [{"status": 0, "headersSize": -1, "bodySize": -1}, None, {}, "?"])
def test_a_request_without_an_answer_is_blocked(tmp_path: Path, response: Any) -> None:
    fact = flow(tmp_path, response=response, _error="net::ERR_CONNECTION_REFUSED")
    assert fact["blocked"]
    assert "bytes" not in fact


def test_what_never_touched_the_network_is_skipped_with_the_reason(tmp_path: Path) -> None:
    assert why_not(tmp_path, entry("data:text/plain,hello")) == "`data:` goes over no network that a HAR records"
    assert why_not(tmp_path, entry("chrome-extension://abc/x.js")).startswith("`chrome-extension:`")
    assert why_not(tmp_path, entry(_fromCache="memory")) == "served from a cache"
    assert why_not(tmp_path, entry(response__bodySize=0, response___transferSize=0)) == "served from a cache"
    assert why_not(tmp_path, entry(response___fetchedViaServiceWorker=True)).startswith("served by a service worker")


def test_not_modified_did_touch_the_network(tmp_path: Path) -> None:
    assert not flow(tmp_path, response__status=304)["blocked"]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ("text", "not an object"),
        ([1, {"a": 2}], "not an object"),
        ({}, "no request.url"),
        (entry(request={"url": 7}), "no request.url"),
        (entry("tracker.example/path"), "request.url is not a URL"),
        (entry("https://"), "request.url is not a URL"),
        (entry("https://[::1/"), "request.url is not a URL"),
        (entry("https://a b/"), "request.url is not a URL"),
        (entry("https://\x1b[31m/"), "request.url is not a URL"),
    ],
)
def test_broken_entries_are_skipped_and_the_others_read(tmp_path: Path, item: Any, why: str) -> None:
    facts, reading = read(har_file(tmp_path, entry(), item, entry()))
    assert [fact["position"] for fact in facts] == [0, 2]
    assert reading.skips == [Skip("/log/entries/1", why)]


@pytest.mark.parametrize("time", ["2024-05-01T14:00:00", "yesterday", None, 5])
def test_a_time_without_offset_is_not_known_and_noted(tmp_path: Path, time: Any) -> None:
    facts, reading = read(har_file(tmp_path, entry(startedDateTime=time)))
    assert "at" not in facts[0]
    assert reading.notes[0].startswith("1 × startedDateTime")


@pytest.mark.parametrize(
    "text",
    [
        archive(),
        "\ufeff  " + json.dumps({"comment": "x", "log": {"pages": [], "entries": []}}, indent=4),
        archive(pages=[{"title": "x" * 100_000}]),
        json.dumps({"log": {"comment": "x" * 100_000, "entries": []}}),
    ],
)
def test_recognised_however_it_is_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "no-ending"
    path.write_text(text)
    assert formats_of(path) == [har]


@pytest.mark.parametrize(
    "text",
    ['{"log": "entries"}', '{"a": {"log": {"entries": []}}}', '{"log": {"x": {"entries": 1}}}', "log entries", "[]"],
)
def test_not_every_json_with_a_log_is_a_har(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    assert formats_of(path) == []


@pytest.mark.parametrize("cut", [1, 5, 60, 300])
def test_a_truncated_file_gives_what_stands_before_the_break(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.har"
    path.write_text(archive(*[entry()] * 3)[:-cut])
    facts, reading = read(path)
    if cut > 2:
        assert [fact["position"] for fact in facts] == [0, 1]
        assert reading.skips == [Skip("/log/entries/2", "the file breaks off or is damaged here")]
    else:
        assert (len(facts), reading.skipped) == (3, 0)
        assert reading.notes == ["the file is damaged after its last entry"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_compressed_files_whole_and_cut(tmp_path: Path, pack: Any) -> None:
    path = tmp_path / "packed"
    data = pack(archive(*(entry(f"https://h{n**5}.example/{n**9:x}") for n in range(3000))).encode())
    path.write_bytes(data)
    assert read(path)[1].read == 3000
    path.write_bytes(data[: len(data) * 9 // 10])
    facts, reading = read(path)
    assert 1000 < len(facts) == reading.read < 3000
    assert reading.skips[0].where == f"/log/entries/{len(facts)}"


def test_bytes_that_are_no_utf8_harm_only_themselves(tmp_path: Path) -> None:
    path = tmp_path / "latin.har"
    path.write_bytes(archive(entry(comment="caf_"), entry()).encode().replace(b"caf_", b"caf\xe9"))
    assert read(path)[1].read == 2


@pytest.mark.parametrize(
    ("inside", "error"),
    [("[" * 300, "nested more than 200 deep"), ('"' + "x" * 3_000_000, "goes on for more than 2 MB")],
)
def test_an_entry_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str, error: str
) -> None:
    monkeypatch.setattr(har_stream, "MOST_BYTES", 2 << 20)
    path = tmp_path / "bomb.har.gz"
    path.write_bytes(gzip.compress((archive(entry())[:-3] + ',{"x":' + inside).encode()))
    with pytest.raises(EvidenceError, match=f"entry 1 {'is ' if 'nested' in error else ''}{error}"):
        read(path)


@pytest.mark.parametrize("rest", ["}}", ',"entries": 5}}', ',"entries": {}}}', ',"x": 1' + "0" * 5000 + "}}"])
def test_a_log_without_entries_is_an_error(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "empty.har"
    path.write_text('{"log": {"version": "1.2"' + rest)
    with pytest.raises(EvidenceError, match="without `entries`"):
        read(path)


def test_no_personal_value_gets_through(tmp_path: Path) -> None:
    facts, reading = read(har_file(tmp_path, entry(), entry("https://u:pw@x.example/?q=mai#f")))
    assert not any(word in f"{facts}{reading}" for word in ("mai@", "secret", "Cookie", "pw"))


@pytest.mark.skipif(not SHARED.exists(), reason="the shared evidence is not here")
def test_real_archives_are_read_whole() -> None:
    read_or_skipped = {}
    for path in sorted(SHARED.glob("har/*.har")):
        entries = json.loads(path.read_text("utf-8-sig"))["log"]["entries"]
        facts, reading = read(path)
        assert len(facts) == reading.read
        assert reading.read + reading.skipped == len(entries)
        kept = [(fact["position"], fact.get("host") or fact["address"]) for fact in facts]
        assert all(f"//{host}/" in entries[position]["request"]["url"].lower() for position, host in kept)
        read_or_skipped[path.name.rpartition("_")[2]] = (reading.read, reading.skipped)
    # Taken from caches: 85 entries that moved no bytes and name no server, 5 that have a body and no status.
    assert read_or_skipped["www.bbc.com.har"] == (35, 85)
    assert read_or_skipped["filamentgroup.com.har"] == (10, 5)
    assert sum(skipped for _, skipped in read_or_skipped.values()) == 90
    assert all(formats_of(path) == [] for path in SHARED.glob("har/*.blacklight.json"))
