"""Content within content: what is URL-encoded, base64, hex, gzip …, decoded, and decoded again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from comity.identify.decoding import SPOKEN, decoded
from comity.identify.room import Room
from comity.identify.unpacking import is_text

#: So many encodings within one another are opened, so many encoded parts of one value.
MOST_DEEP = 5
MOST_LAYERS = 100

#: How many bytes all layers of a value come to at most: a little, and so many times its size. What people write
#: compresses to a tenth; bombs to a thousandth.
LEAST_DECODED = 64 << 10
TIMES_DECODED = 20
MOST_DECODED = 8 << 20


@dataclass(frozen=True)
class Layer:
    """A text as it was found, or as it came out of a decoding; ``encodings`` from the outermost, () for the text."""

    text: bytes
    encodings: tuple[str, ...] = ()

    @property
    def disguise(self) -> str:
        """The encodings in words, from the innermost: `` (gzip in base64)``; nothing for the text itself."""
        return f" ({' in '.join(reversed(self.encodings))})" if self.encodings else ""


def layers(value: bytes, cut: list[str] | None = None) -> Iterator[Layer]:
    """The value itself and everything that can be decoded in it, within bounds of depth and size.

    Of what comes out as no text, the text in it is given. ``cut`` is told what the bounds left out.
    """
    outermost = Layer(value)
    yield outermost
    room = Room(min(LEAST_DECODED + TIMES_DECODED * len(value), MOST_DECODED), [] if cut is None else cut)
    room.new(value)
    waiting, count = deque([outermost]), 0
    while waiting:
        outer = waiting.popleft()
        for encoding, text in decoded(outer.text, room):
            if not text or not room.new(text):
                continue
            if len(outer.encodings) == MOST_DEEP:
                room.note(f"encoded more than {MOST_DEEP} times over: not all was decoded")
                break
            if count == MOST_LAYERS:
                room.note(f"more than {MOST_LAYERS} encoded parts: the others were not decoded")
                return
            inner = Layer(room.take(text), (*outer.encodings, encoding))
            count += 1
            waiting.append(inner)
            if is_text(inner.text):
                yield inner
            elif spoken := b"\n".join(SPOKEN.findall(inner.text)):
                yield replace(inner, text=spoken)
