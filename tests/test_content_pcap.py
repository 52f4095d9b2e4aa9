"""The content of captures: what requests in clear carried, and what stays unknown because nobody could read it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import SHARED, read
from test_pcap import ACK, CLIENT, HANDSHAKE, SERVER, capture, ethernet, ip

from comity.bounds import at_least
from comity.evidence.pcap.flows import Sent
from comity.evidence.pcap.requests import requests

MAIL = "mai.nguyen@lumen.example"
FORM = f"name=x&email={MAIL}".encode()
POST = b"POST /signup?v=1 HTTP/1.1\r\nHost: shop.example\r\nContent-Length: %d\r\n\r\n%s" % (len(FORM), FORM)


def said(payload: bytes, number: int = 2, source: str = CLIENT, address: str = SERVER) -> bytes:
    """A frame of a connection in which a payload is sent."""
    ports = (50000, 80) if source == CLIENT else (80, 50000)
    return ethernet(
        ip(source, address, 6, struct.pack(">HHIIBBHHH", *ports, number % 2**32, 0, 0x50, ACK, 1000, 0, 0) + payload)
    )


@pytest.fixture
def flow(tmp_path: Path) -> Any:
    def first(*frames: bytes) -> dict[str, Any]:
        path = tmp_path / "capture"
        path.write_bytes(capture(*map(ethernet, HANDSHAKE), *frames))
        facts, reading = read(path)
        return {**facts[0], "notes": reading.notes}

    return first


def test_a_request_in_clear_tells_what_it_carried(flow: Any) -> None:
    fact = flow(said(POST), said(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", source=SERVER, address=CLIENT))
    assert "EmailAddress" in fact["data"]
    assert (fact["data"][-1], fact["people"]) == ("…", at_least(1))
    assert MAIL not in str(fact)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (0, 1, 1, 2, 0)])
@pytest.mark.parametrize("first", [2, 2**32 - 40])
def test_packets_are_put_in_order_and_those_sent_again_left_out(flow: Any, order: Any, first: int) -> None:
    parts = [said(POST[at : at + 60], first + at) for at in range(0, 180, 60)]
    assert len(POST) <= 180
    fact = flow(*(parts[number] for number in order))
    assert "EmailAddress" in fact["data"]


def test_what_was_not_captured_is_told(flow: Any) -> None:
    header = POST.replace(b"v=1", b"email=" + MAIL.encode())
    fact = flow(said(header[:100]), said(header[130:], 2 + 130))
    assert "EmailAddress" in fact["data"]
    assert fact["notes"][0].startswith("1 × requests in clear that were not captured in full")


def test_what_the_server_answers_is_not_what_the_flow_carried(flow: Any) -> None:
    body = json.dumps({"contact": MAIL}).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    fact = flow(said(b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"), said(answer, source=SERVER, address=CLIENT))
    assert "data" not in fact


def test_a_capture_that_begins_with_an_answer_still_knows_who_asked(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(capture(said(b"HTTP/1.1 200 OK\r\n\r\n", source=SERVER, address=CLIENT), said(POST)))
    facts, _ = read(path)
    assert (facts[0]["source"], facts[0]["data"][-1]) == (CLIENT, "…")


def test_bytes_that_are_encrypted_are_not_known(flow: Any) -> None:
    fact = flow(said(b"\x16\x03\x01\x00\x05" + MAIL.encode()))
    assert not {"data"} & fact.keys()


def test_requests_follow_one_another_with_bodies_of_told_length_or_in_chunks() -> None:
    chunked = b"PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    left: list[str] = []
    found = list(requests(POST + chunked + b"GET http://x.example/c?d=e f HTTP/1.0\r\n\r\nrubbish", left))
    assert [(request.url, request.body) for request in found] == [
        ("/signup?v=1", FORM),
        ("/b", b"abcde"),
        ("http://x.example/c?d=e f", b""),
    ]
    assert left == ["what follows requests in clear and is none, or follows 1,000 of them: not scanned"]


def test_what_follows_a_thousand_requests_is_told_as_not_scanned(flow: Any) -> None:
    fact = flow(*(said(POST, 2 + number * len(POST)) for number in range(1_001)))
    assert "EmailAddress" in fact["data"]
    assert [note for note in fact["notes"] if "1,000 of them" in note]


def test_a_tunnel_ends_what_is_read() -> None:
    left: list[str] = []
    assert len(list(requests(b"CONNECT a.example:443 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", left))) == 1
    assert left


@given(st.binary(max_size=300).map(lambda data: b"POST /x HTTP/1.1\r\n" + data) | st.binary(max_size=300))
def test_no_bytes_are_too_odd(data: bytes) -> None:
    assert all(request.url for request in requests(data, []))


@given(st.binary(min_size=1, max_size=200), st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_any_order_of_packets_gives_the_same_bytes(data: bytes, first: int, random: Any) -> None:
    cuts = sorted(random.sample(range(1, len(data)), min(5, len(data) - 1)))
    parts = [(begin, data[begin:end]) for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    random.shuffle(parts)
    sent = Sent((1, 2, 3))
    for begin, part in parts + parts[:2]:
        sent.keep((first + begin) % 2**32, part, len(part))
    assert (sent.together(), sent.cut) == (data, False)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared evidence is not here")
def test_a_real_capture_shows_what_a_form_carried_and_a_real_tls_flow_shows_nothing() -> None:
    facts, _ = read(SHARED / "pcap/ndpi__http_auth.pcap")
    assert any(fact.get("data") for fact in facts)
    facts, _ = read(SHARED / "pcap/zeek__tls_tls-expired-cert.pcap")
    assert not any("data" in fact for fact in facts)
