"""What all parts of the story share: hosts and their addresses, numbers that look like chance, times, bytes."""

from __future__ import annotations

import json
import random
import struct
import zlib
from datetime import UTC, datetime

#: Hosts under a top-level domain that nobody can register. The addresses lie in ranges that clouds and carriers use in
#: the State named, and end in .0: each stands for the place, not for a machine or for whoever rents it.
HOSTS = {
    "api.lumen.example": "3.75.16.0",  # DE, our own
    "metrics.brightpixel.example": "3.80.16.0",  # US
    "ads.tamesis.example": "35.176.64.0",  # GB
    "captions.kotoba.example": "13.112.32.0",  # JP
    "match.maresol.example": "54.94.16.0",  # BR
    "effects.jadelens.example": "39.96.16.0",  # CN
    "chat.indusdesk.example": "13.232.16.0",  # IN
    "subtitles.volgatext.example": "51.250.16.0",  # RU
    "tiles.merlionmaps.example": "13.228.64.0",  # SG
    "films.reelratings.example": "35.182.32.0",  # CA
    "push.hanbit.example": "13.124.16.0",  # KR
    "upload.loirevault.example": "52.47.16.0",  # FR
    "store.senarchive.example": "42.112.16.0",  # VN
    "ledger.rheinarchiv.example": "46.4.16.0",  # DE
    "salaries.alpenpay.example": "16.62.16.0",  # CH
    "px.tinybeacon.example": "13.244.16.0",  # ZA, nobody has described it
    "count.tagus.example": "198.51.100.23",  # an address for documents: comity.toml says PT
    "edge.cometcast.example": "104.16.64.0",  # answers from many countries at once, nobody has described it
}

RESOLVER = "9.9.9.9"
TIME_SERVER = "192.53.103.108"
WAREHOUSE = "14.225.16.0"
VIEWERS = ("91.64.16.0", "80.187.16.0", "93.192.16.0", "88.198.16.0")


class Dice:
    """Numbers that look like chance; only ``random()`` is used, whose values Python promises not to change."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a story, not a secret

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._random.random() * (high - low + 1))

    def letters(self, count: int) -> str:
        """Letters and digits, such as Zeek's ids of connections have."""
        signs = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789"
        return "".join(signs[self.between(0, len(signs) - 1)] for _ in range(count))


def day(text: str) -> datetime:
    """The first instant of a day."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """A time as HTTP Archives write it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def document(content: object) -> bytes:
    """A JSON document as people keep it: indented, a line at the end."""
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def lines(records: list[dict[str, object]]) -> bytes:
    """A JSON object a line."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def gzipped(data: bytes) -> bytes:
    """A gzip file whose content is stored and not squeezed: the same bytes with every version of zlib."""
    pieces = [data[start : start + 65_535] for start in range(0, len(data), 65_535)]
    blocks = b"".join(
        struct.pack("<BHH", piece is pieces[-1], len(piece), len(piece) ^ 0xFFFF) + piece for piece in pieces
    )
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + blocks + struct.pack("<II", zlib.crc32(data), len(data))
