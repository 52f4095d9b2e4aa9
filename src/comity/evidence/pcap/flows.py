"""Packets into flows by nDPI, in a process of its own: ``python flows.py FLOWS SENT < CAPTURE``.

It runs nfstream's engine (libpcap, nDPI) without nfstream's own loop. That loop forks, narrows the processors that its
caller may use, waits for ever for a child that crashed, and never ends on a capture that breaks off. Here whatever a
hostile packet does to the C code ends this process alone.

The capture comes clean from ``pcap/frames``. Every flow becomes a line of JSON in the file FLOWS; its frame is the
number of its first packet, from 1; a packet that no flow holds is a line with its number alone. What an end of a flow
sent, from its first HTTP request on, becomes a line of JSON in the file SENT. At the end standard output has how many
packets there were, and the time of the last one.
"""

import base64
import json
import os
import re
import sys
from collections import OrderedDict
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple, TextIO

#: Packets of a flow from which nDPI may learn what it is.
_DISSECTED = 20

_PAYLOAD_BYTES, _COUNT_FLAGS, _NO_SERIES, _AT_THE_END = 3, 1, 0, 0
#: Where in TCP's header the sequence number stands; it begins anew at the next.
_NUMBER_AT = 4
_WHOLE, _HALF = 1 << 32, 1 << 31
_OFFLINE, _ONE_METER = 0, (1, 0, 0)

#: After so long a silence (ms) a packet begins a new flow. Address translators keep TCP at least 2 h 4 min (RFC 5382)
#: and UDP 2 min (RFC 4787).
_TCP, _SILENCE_TCP, _SILENCE = 6, 7_440_000, 120_000
_NEVER = 1 << 62

#: More flows than this are not followed at once; the one that has been silent longest is closed.
_MOST_OPEN = 100_000

#: How a request begins. Of what follows so much is kept of a flow, and of all open flows together.
_REQUEST = re.compile(rb"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \S")
_REQUEST_BYTES = 9
_MOST_SENT, _MOST_KEPT = 1 << 20, 64 << 20
#: What a packet takes beside its bytes.
_PART = 128

_NUMBERS = """src_port dst_port protocol src2dst_packets dst2src_packets src2dst_bytes dst2src_bytes src2dst_ack_packets
    dst2src_ack_packets src2dst_rst_packets dst2src_rst_packets""".split()
_TEXTS = {"source": "src_ip_str", "address": "dst_ip_str", "name": "application_name", "host": "requested_server_name"}


class Sent:
    """What one end of a flow sent, by TCP's sequence numbers."""

    def __init__(self, source: tuple[int, ...]) -> None:
        self.source, self.size, self.cut = source, 0, False
        self._parts: dict[int, bytes] = {}

    def keep(self, number: int, data: bytes, size: int) -> None:
        """Keep the bytes that begin at a sequence number, and count them as ``size``."""
        self._parts[number] = max(data, self._parts.get(number, b""), key=len)
        self.size += size

    def together(self) -> bytes:
        """The bytes in order, those sent again left out, up to the first that are missing."""
        whole = bytearray()
        first = next(iter(self._parts))
        # Numbers begin anew after 2³², and packets may come in another order than they were sent.
        places = {(number - first + _HALF) % _WHOLE - _HALF: data for number, data in self._parts.items()}
        at = min(places)
        for place, data in sorted(places.items()):
            if place > at:
                self.cut = True
                break
            whole += data[at - place :]
            at = max(at, place + len(data))
        return bytes(whole)


class Open(NamedTuple):
    """A flow that may go on: the engine's record, frame and time (ms) of its first packet, whether SYN opened it, who
    sent that packet, and what requests were sent.
    """

    flow: Any
    frame: int
    began: int
    opened: bool | None
    source: tuple[int, ...]
    sent: list[Sent]


class Meter:
    """Follows flows: ``take`` a packet, ``close`` what is still open; both give the flows that ended.

    ``out`` gets the requests that were sent in clear.
    """

    def __init__(self, ffi: Any, lib: Any, out: TextIO) -> None:
        self._out, self._kept = out, 0
        self._ffi, self._lib, self._dissector = ffi, lib, _dissector(ffi, lib)
        self._open: OrderedDict[tuple[Any, ...], Open] = OrderedDict()
        self.clock = 0

    def take(self, packet: Any, frame: int) -> Iterator[dict[str, Any]]:
        """Give a packet to its flow; yields the flows that ended before it."""
        began, self.clock = packet.time, max(self.clock, packet.time)
        packet.time = self.clock  # the engine takes a step back in time for a very long silence
        key = _key(packet)
        if key in self._open and not self._continues(self._open[key].flow, packet):
            yield self._end(key)
        if key in self._open:
            self._open.move_to_end(key)
            self._hear(self._open[key], packet)
            return
        if len(self._open) >= _MOST_OPEN:
            yield self._end(next(iter(self._open)))
        options = (_PAYLOAD_BYTES, _COUNT_FLAGS, _NO_SERIES, _DISSECTED, self._dissector, _AT_THE_END)
        flow = self._lib.meter_initialize_flow(packet, *options)
        if flow == self._ffi.NULL:
            raise MemoryError
        # Who opens TCP sends SYN alone, who answers sends SYN and ACK.
        opened = not packet.ack if packet.syn else None
        self._open[key] = Open(flow, frame, began, opened, _source(packet), [])
        self._hear(self._open[key], packet)

    def close(self) -> Iterator[dict[str, Any]]:
        """The flows that are still open."""
        while self._open:
            yield self._end(next(iter(self._open)))

    def _continues(self, flow: Any, packet: Any) -> bool:
        """Add the packet to the flow, unless it begins a new one: after a silence, or opening TCP once more."""
        ended = flow.bidirectional_fin_packets or flow.bidirectional_rst_packets
        if ended and packet.syn and not packet.ack:
            return False
        silence = _SILENCE_TCP if packet.protocol == _TCP else _SILENCE
        options = (_PAYLOAD_BYTES, _COUNT_FLAGS, _NO_SERIES, _DISSECTED, self._dissector, _AT_THE_END)
        return not self._lib.meter_update_flow(flow, packet, silence, _NEVER, *options)

    def _hear(self, open: Open, packet: Any) -> None:
        """Keep what was sent, from the first request on."""
        if packet.protocol != _TCP or not packet.payload_size:
            return
        source = _source(packet)
        sent = next((sent for sent in open.sent if sent.source == source), None)
        begin = packet.ip_size - packet.payload_size
        held = self._ffi.buffer(packet.ip_content, packet.ip_content_len)
        if sent is None:
            if not _REQUEST.match(held[begin : begin + _REQUEST_BYTES]):
                return
            open.sent.append(sent := Sent(source))
        size = packet.payload_size + _PART
        if sent.size + size > _MOST_SENT or self._kept + size > _MOST_KEPT:
            sent.cut = True
            return
        number = packet.ip_size - packet.transport_size + _NUMBER_AT
        data = held[begin : packet.ip_size]
        sent.keep(int.from_bytes(held[number : number + 4]), data, size)
        sent.cut |= len(data) < packet.payload_size
        self._kept += size

    def _end(self, key: tuple[Any, ...]) -> dict[str, Any]:
        flow, frame, began, opened, source, requests = self._open.pop(key)
        for sent in requests:
            data = base64.b64encode(sent.together()).decode()
            said = {"frame": frame, "forward": sent.source == source, "sent": data, "cut": sent.cut}
            print(json.dumps(said), file=self._out)
            self._kept -= sent.size
        self._lib.meter_expire_flow(flow, _DISSECTED, self._dissector)
        texts = {name: self._text(getattr(flow, field)) for name, field in _TEXTS.items()}
        numbers = {name: getattr(flow, name) for name in _NUMBERS}
        signs = {"opened": opened, "guessed": bool(flow.guessed), "last": flow.src2dst_last_seen_ms}
        self._lib.meter_free_flow(flow, _DISSECTED, _NO_SERIES, 1)
        texts["name"] = texts["name"].lower()
        return {"frame": frame, "began": began, **signs, **texts, **numbers}

    def _text(self, value: Any) -> str:
        return str(self._ffi.string(value).decode(errors="replace"))


def _dissector(ffi: Any, lib: Any) -> Any:
    checker = ffi.new("struct dissector_checker *")
    for part in ("flow", "flow_tcp", "flow_udp"):
        setattr(checker, f"{part}_size", ffi.sizeof(f"struct ndpi_{part}_struct"))
    dissector = lib.dissector_init(checker)
    if dissector == ffi.NULL:
        raise RuntimeError("nDPI does not start")
    lib.dissector_configure(dissector)
    return dissector


def _source(packet: Any) -> tuple[int, ...]:
    return packet.src_ip[0], packet.src_ip[1], packet.src_port


def _key(packet: Any) -> tuple[Any, ...]:
    """The same for both directions."""
    source = _source(packet)
    target = (packet.dst_ip[0], packet.dst_ip[1], packet.dst_port)
    ends = (source, target) if source <= target else (target, source)
    return (*ends, packet.protocol, packet.ip_version, packet.vlan_id, packet.tunnel_id)


def main(path: str, sent: str) -> None:
    """Read the capture on standard input, write its flows to a file, and what was sent in clear to another."""
    # What the libraries print must not get between the lines that are meant for the caller.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    engine = import_module("_lib_engine")
    ffi, lib = engine.ffi, engine.lib
    capture = lib.capture_open(b"-", _OFFLINE, ffi.new("char[256]"), 0)
    frame = 0
    with open(path, "w") as out, open(sent, "w") as requests:  # noqa: PTH123 - it starts sooner without pathlib
        meter = Meter(ffi, lib, requests)
        while (found := lib.capture_next(capture, packet := ffi.new("struct nf_packet *"), True, *_ONE_METER)) >= 0:
            frame += 1
            for flow in meter.take(packet, frame) if found else ({"frame": frame},):
                print(json.dumps(flow), file=out)
        for flow in meter.close():
            print(json.dumps(flow), file=out)
    print(json.dumps({"frames": frame, "end": meter.clock}), file=answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
