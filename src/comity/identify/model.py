"""What the parts of this package share: pieces of content, detectors, and what they find."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

#: A finding of less confidence than this is none.
THRESHOLD = 0.5

_EDGE = "[^0-9A-Za-z]"
#: Hyperscan compiles "at least" many times faster than "from … to"; how much it may be, `re` sees.
_UP_TO = re.compile(r"(?<!\\)\{(\d+),\d\d+\}")


@dataclass(frozen=True)
class Piece:
    """A piece of content: the name of the field that holds it ('' where none does), its value, its place in words."""

    field: str
    value: str | bytes
    where: str = ""


@dataclass(frozen=True)
class Detector:
    """One way to find one category of data in text.

    ``pattern`` is what the whole value looks like, in the syntax that Hyperscan and ``re`` share (ASCII, no groups that
    capture, no lookarounds); no letter or digit may stand right before or after it. Where ``digits`` is given the value
    consists of that many digits, with or without separators: ``pattern`` then speaks of the value as written, and a
    scan for all such numbers at once proposes it. ``confirms`` is asked what the pattern alone can't tell: a checksum,
    a date, a known prefix.

    ``alone`` is the confidence in a confirmed value that nothing else speaks for, ``near`` that in one with a word of
    ``context`` in the name of its field or beside it: a regular expression for text in lower case, each of whose
    alternatives holds some plain text. ``longest`` is the greatest length in bytes. ``person`` says that each value
    stands for one person, ``device`` for one device.

    ``lead`` is what must stand right before the value and is no part of it. ``unless_before`` and ``unless_after`` are
    what may not stand there, all alternatives of the one before of one length. ``letters`` are all bytes that
    a value and its lead can hold, where knowing them makes it quick to see where it begins.
    """

    name: str
    category: str
    pattern: str
    confirms: Callable[[str], bool] = lambda value: True
    alone: float = 0.9
    near: float = 0.95
    context: str = ""
    digits: Sequence[int] = ()
    longest: int = 64
    person: bool = False
    device: bool = False
    lead: str = ""
    unless_before: str = ""
    unless_after: str = ""
    letters: bytes = b""

    @cached_property
    def proposal(self) -> str:
        """What Hyperscan looks for: the value with one byte more at either side."""
        return _UP_TO.sub(r"{\1,}", f"{_EDGE}(?:{self.lead})(?:{self.pattern}){_EDGE}")

    @cached_property
    def whole(self) -> re.Pattern[bytes]:
        """The value in its surroundings; the first group is the value."""
        before = f"(?<!{self.unless_before})" if self.unless_before else ""
        after = f"(?!{self.unless_after})" if self.unless_after else ""
        edged = rf"(?<![0-9A-Za-z]){before}(?:{self.lead})({self.pattern})(?![0-9A-Za-z]){after}"
        return re.compile(edged.encode())


@dataclass(frozen=True)
class Match:
    """What a detector found in a text: where (in bytes of UTF-8), and how sure it is. The value is not masked."""

    detector: Detector
    start: int
    end: int
    value: str
    confidence: float
