"""Captures as a clean stream of Ethernet frames: what pcap and pcapng files hold, whatever is wrong with them.

Lengths are checked before they are believed, and reading stops at the first that can't be. Link headers are made
Ethernet, frames of link types that are not read become empty ones: a frame keeps its number.

Specifications: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html,
https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html, https://www.tcpdump.org/linktypes.html
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from comity.evidence.base import BROKEN

#: Magic numbers of pcap: the order of its bytes, and how many nanoseconds a unit of its times is.
_PCAP = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_SECTION = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 1, 2, 3, 6
_END_OF_OPTIONS, _RESOLUTION, _OFFSET = 0, 9, 14

#: No tool writes longer frames of a network (libpcap: MAXIMUM_SNAPLEN), and no block of one is longer than the next.
_LONGEST = 262_144
_LONGEST_BLOCK = 1 << 20
_CHUNK = 1 << 16

_ETHERNET = 1
#: Link types with a header before the packet that is so long, and where in it the Ethernet type stands.
_HEADERS = {0: (4, None), 12: (0, None), 14: (0, None), 101: (0, None), 108: (4, None), 113: (16, 14), 228: (0, None)}
_HEADERS |= {229: (0, None), 276: (20, 0)}
#: Headers of Ethernet with a VLAN, IPv4 and TCP.
_NEEDED = 58
_TYPES = {4: b"\x08\x00", 6: b"\x86\xdd"}

_RECORD = struct.Struct("<IIII")
_HEADER = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, _LONGEST, _ETHERNET)
#: libpcap takes later times for earlier than 1970.
_LAST_SECOND = 0x7FFFFFFF


class Frame(NamedTuple):
    """A frame as captured: its link type, nanoseconds since 1970 (0: no time), length on the wire, what was kept."""

    link: int
    time: int
    length: int
    data: bytes


@dataclass
class Passed:
    """What came through: how many frames, how many of link types that are not read, how many IPv6 packets count only
    as far as they were kept, whether the file broke off.
    """

    frames: int = 0
    shortened: int = 0
    foreign: Counter[int] = field(default_factory=Counter)
    broken: bool = False


class _BrokenOff(Exception):  # noqa: N818 - a state of the file, not an error of the program
    """What follows can't be read."""


def is_capture(start: bytes) -> bool:
    """Whether bytes are the beginning of a pcap or pcapng file."""
    return start[:4] in _PCAP or (start[:4] == _SECTION and start[8:12] in _ORDERS)


def pass_on(source: IO[bytes], sink: IO[bytes], passed: Passed) -> None:
    """Write the frames of a capture to ``sink`` as one pcap file of Ethernet frames, and count them in ``passed``.

    Raises ``ValueError`` for a file whose own header is cut off or broken.
    """
    frames = _frames(source)
    sink.write(_HEADER)
    try:
        for frame in frames:
            passed.frames += 1
            kept = _ethernet(frame)
            if kept is None:
                passed.foreign[frame.link] += 1
                kept = b""
            elif len(frame.data) < frame.length:
                kept, changed = _as_kept(kept)
                passed.shortened += changed
            seconds, nanoseconds = divmod(frame.time, 1_000_000_000)
            if seconds > _LAST_SECOND:
                seconds = nanoseconds = 0
            sink.write(_RECORD.pack(seconds, nanoseconds, len(kept), min(frame.length, _LONGEST)))
            sink.write(kept)
    except _BrokenOff:
        passed.broken = True


def _frames(source: IO[bytes]) -> Iterator[Frame]:
    try:
        magic = _take(source, 4)
        if magic == _SECTION:
            return _Section(source).frames()
        order, unit = _PCAP[magic]
        (link,) = struct.unpack(f"{order}16xI", _take(source, 20))
    except _BrokenOff:
        raise ValueError from None
    return _records(source, order, unit, link & 0x0FFFFFFF)


def _records(source: IO[bytes], order: str, unit: int, link: int) -> Iterator[Frame]:
    record = struct.Struct(f"{order}IIII")
    while header := _take(source, record.size, or_none=True):
        seconds, fraction, kept, length = record.unpack(header)
        if kept > _LONGEST:
            raise _BrokenOff
        yield Frame(link, seconds * 1_000_000_000 + fraction * unit, length, _take(source, kept))


class _Section:
    """Sections of a pcapng file. Each begins anew with the order of bytes and the interfaces."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._begin()

    def frames(self) -> Iterator[Frame]:
        while kind := _take(self._source, 4, or_none=True):
            if kind == _SECTION:
                self._begin()
                continue
            (number,) = struct.unpack(f"{self._order}I", kind)
            size = self._size(_take(self._source, 4)) - 12
            if number not in {_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET}:
                self._pass_over(size + 4)
                continue
            if size > _LONGEST_BLOCK:
                raise _BrokenOff
            body = _take(self._source, size + 4)[:-4]
            try:
                if number == _INTERFACE:
                    self._interfaces.append(self._interface(body))
                else:
                    yield self._packet(number, body)
            except (struct.error, IndexError):
                raise _BrokenOff from None

    def _begin(self) -> None:
        size = _take(self._source, 4)
        order = _ORDERS.get(_take(self._source, 4))
        if order is None:
            raise _BrokenOff
        self._order = order
        self._interfaces: list[tuple[int, int, int, int]] = []
        self._pass_over(self._size(size) - 12)

    def _size(self, given: bytes) -> int:
        size = int(struct.unpack(f"{self._order}I", given)[0])
        if size < 12 or size % 4:
            raise _BrokenOff
        return size

    def _pass_over(self, size: int) -> None:
        while size > 0:
            size -= len(_take(self._source, min(size, _CHUNK)))

    def _interface(self, body: bytes) -> tuple[int, int, int, int]:
        """Its link type, longest frame kept, units of time a second, and seconds to add to times."""
        link, longest = struct.unpack_from(f"{self._order}H2xI", body)
        units, offset, at = 1_000_000, 0, 8
        while at + 4 <= len(body):
            code, size = struct.unpack_from(f"{self._order}HH", body, at)
            if code == _END_OF_OPTIONS:
                break
            if code == _RESOLUTION:
                exponent = body[at + 4]
                units = 2 ** (exponent & 0x7F) if exponent & 0x80 else 10**exponent
            if code == _OFFSET:
                (offset,) = struct.unpack_from(f"{self._order}q", body, at + 4)
            at += 4 + (size + 3) // 4 * 4
        return link, longest, units, offset

    def _packet(self, number: int, body: bytes) -> Frame:
        if number == _SIMPLE_PACKET:
            link, longest, _, _ = self._interfaces[0]
            (length,) = struct.unpack_from(f"{self._order}I", body)
            kept = min(length, longest or length, len(body) - 4)
            return Frame(link, 0, length, body[4 : 4 + kept])
        fields = "IIIII" if number == _PACKET else "H2xIIII"
        interface, high, low, kept, length = struct.unpack_from(f"{self._order}{fields}", body)
        link, _, units, offset = self._interfaces[interface]
        if kept > len(body) - 20:
            raise _BrokenOff
        time = ((high << 32) + low) * 1_000_000_000 // units + offset * 1_000_000_000
        return Frame(link, max(time, 0), length, body[20 : 20 + kept])


def _take(source: IO[bytes], size: int, or_none: bool = False) -> bytes:
    """So many bytes; nothing only where there are none left and ``or_none`` allows for it."""
    try:
        data = source.read(size)
    except BROKEN:
        raise _BrokenOff from None
    if len(data) < size and (data or not or_none):
        raise _BrokenOff
    return data


def _ethernet(frame: Frame) -> bytes | None:
    """The frame with a link header of Ethernet; None where the link type is not one that is read."""
    if frame.link == _ETHERNET:
        return frame.data
    if frame.link not in _HEADERS:
        return None
    size, at = _HEADERS[frame.link]
    packet = frame.data[size:]
    version = packet[0] >> 4 if packet else 0
    kind = _TYPES.get(version, bytes(2)) if at is None else frame.data[at : at + 2]
    return bytes(12) + kind + packet


def _as_kept(data: bytes) -> tuple[bytes, bool]:
    """What can be read of an Ethernet frame that was cut when it was captured, and whether its length was changed."""
    if len(data) < _NEEDED:
        return b"", False  # the engine would read on, beyond what was kept
    if data[12:14] != _TYPES[6]:
        return data, False
    # The engine passes over IPv6 that is not there in full.
    return data[:18] + struct.pack(">H", len(data) - 54) + data[20:], True
