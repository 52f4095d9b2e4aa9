"""What content holds: every piece scanned in all its layers, by detectors, by the names of fields, for personas.

What looks is imported where the first piece of content is read: it takes longer to load than a small judgement takes,
and most evidence has no content.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from comity.categories import AND_MORE
from comity.identify.folding import folded
from comity.identify.masking import masked
from comity.identify.model import Piece
from comity.identify.names import CATEGORY, CONFIDENCE, MOST_CHARACTERS, Names
from comity.profile import Persona

if TYPE_CHECKING:
    from comity.identify.layers import Layer
    from comity.identify.personas import Personas
    from comity.identify.scanner import Scanner

#: No more of one piece is scanned.
MOST_BYTES = 8 << 20

#: No more than this is kept of what one record holds.
MOST_DETECTIONS = 50

#: So many pieces in which nothing was found are known again, so many others, and of those none that is longer.
_MOST_REMEMBERED, _MOST_FOUND = 100_000, 10_000
_LONGEST_FOUND = 4_096

#: How sure a value must be to stand for a person or a device.
_COUNTED = 0.7

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s.\-/()]+(?=\d)")


@dataclass(frozen=True)
class Detection:
    """A category that was found: by which detector, how surely, in which field and where; the value is masked."""

    category: str
    detector: str
    confidence: float
    field: str
    where: str
    value: str

    @property
    def by_name(self) -> bool:
        """Whether the name of the field alone tells of it."""
        from comity.identify.fields import RULE

        return self.detector.startswith(RULE)


@dataclass
class Content:
    """What was found in some pieces, and what was not scanned. Values are told apart by their hashes, and not held.

    ``people`` and ``devices`` have the values that stand for one each, by what finds them and in which field: somebody
    may have two addresses, in two fields of one record.
    """

    unscanned: list[str] = field(default_factory=list)
    people: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set), repr=False)
    devices: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set), repr=False)
    _kept: dict[tuple[str, str, int], Detection] = field(default_factory=dict, repr=False)
    _categories: set[str] = field(default_factory=set, repr=False)

    @property
    def detections(self) -> list[Detection]:
        """What was found, each value of a category in a field once, and no more than so many."""
        return list(self._kept.values())

    @property
    def data(self) -> list[str] | None:
        """The categories found as an open list; None where none was found, for then nothing is known."""
        return [*sorted(self._categories), AND_MORE] if self._categories else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found, and everything scanned."""
        return not self._kept and not self.unscanned

    def add(self, detection: Detection, value: str, person: bool = False, device: bool = False) -> None:
        """Take note of what was found; ``value`` is the real one, which may stand for a person or a device."""
        self._categories.add(detection.category)
        if (person or device) and detection.confidence >= _COUNTED:
            # One number may be written in two ways, and a detector of its bare digits is a detector of the same.
            counted, plain = detection.detector.removesuffix("-bare"), _BETWEEN_DIGITS.sub("", value.casefold())
            (self.people if person else self.devices)[counted, detection.field].add(hash(plain))
        self._keep((detection.category, detection.field, hash(value.casefold())), detection)

    def _keep(self, key: tuple[str, str, int], detection: Detection) -> None:
        if key not in self._kept and len(self._kept) < MOST_DETECTIONS:
            self._kept[key] = detection

    def include(self, other: Content) -> None:
        """Take note of what was found in other pieces."""
        self.unscanned += other.unscanned
        self._categories |= other._categories
        for mine, theirs in ((self.people, other.people), (self.devices, other.devices)):
            for counted, values in theirs.items():
                mine[counted] |= values
        for key, detection in other._kept.items():
            self._keep(key, detection)

    def add_named(self, field: str, value: str, where: str, said_of: str = "") -> None:
        """Take note of what the name of a field says of its value; ``said_of`` as in ``by_name``."""
        from comity.identify.fields import by_name

        for named in by_name(field, value, said_of):
            detection = Detection(named.category, named.detector, named.confidence, field, where, masked(value))
            self.add(detection, value, named.person, named.device)


@cache
def _scanner() -> Scanner:
    """Compiled once: that takes longer than to scan most files."""
    from comity.identify.detectors import detectors
    from comity.identify.scanner import Scanner

    return Scanner(detectors())


class Identifier:
    """Finds personal data in content: besides, ``personas`` (planted values), and names in free text by ``names``.

    Requests say the same again and again: pieces are known by their digests, and not looked at once more. No value is
    kept for that.
    """

    def __init__(self, personas: Sequence[Persona] = (), names: Names | None = None) -> None:
        self._planted = personas
        self._names = names
        self._empty: set[bytes] = set()
        self._found: dict[tuple[bytes, str], Content] = {}

    @cached_property
    def personas(self) -> Personas:
        """The planted values."""
        from comity.identify.personas import Personas

        return Personas(self._planted)

    @cached_property
    def scanner(self) -> Scanner:
        """The scanner with all detectors."""
        return _scanner()

    def read(self, pieces: Iterable[Piece]) -> Content:
        """What is found in the pieces of one record."""
        content = Content()
        texts: list[tuple[Piece, Layer]] = []
        for piece in pieces:
            value = piece.value.encode("utf-8", "replace") if isinstance(piece.value, str) else piece.value
            digest = _digest(piece, value)
            if digest in self._empty:
                continue
            found = self._found.get((digest, piece.where))
            if found is None:
                found = Content()
                layers = self._look(piece, value, found)
                if self._names:
                    texts += [(piece, layer) for layer in layers]
                else:
                    self._remember(digest, piece, found)
            content.include(found)
        if self._names:
            _name(self._names, texts, content)
        return content

    def _remember(self, digest: bytes, piece: Piece, found: Content) -> None:
        if found.is_empty:
            if len(self._empty) >= _MOST_REMEMBERED:
                self._empty.clear()
            self._empty.add(digest)
        elif len(piece.value) <= _LONGEST_FOUND:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            self._found[digest, piece.where] = found

    def _look(self, piece: Piece, value: bytes, content: Content) -> list[Layer]:
        """Look at a piece in all its layers."""
        from comity.identify.layers import layers

        if len(value) > MOST_BYTES:
            content.unscanned.append(f"{piece.where}: more than {MOST_BYTES >> 20} MB, the rest was not scanned")
            value = value[:MOST_BYTES]
        cut: list[str] = []
        looked: list[Layer] = []
        for layer in layers(value, cut):
            plain = folded(layer.text)
            self._read(piece, layer if plain is layer.text else replace(layer, text=plain), content)
            if self._names:
                looked.append(layer)
        content.unscanned += [f"{piece.where}: {what}" for what in cut]
        return looked

    def _read(self, piece: Piece, layer: Layer, content: Content) -> None:
        from comity.identify.personas import PLANTED

        for planted in self.personas.find(layer.text) if self.personas else ():
            where, shown = _where(piece, layer), masked(planted.value)
            detection = Detection(planted.category, planted.detector, PLANTED, piece.field, where, shown)
            content.add(detection, planted.value)
            content.people["persona", ""].add(hash(planted.persona))
        where = _where(piece, layer)
        matches, whole = self.scanner.find(layer.text, piece.field)
        for match in matches:
            found = match.detector
            detection = Detection(found.category, found.name, match.confidence, piece.field, where, masked(match.value))
            content.add(detection, match.value, found.person, found.device)
        if not whole:
            content.unscanned.append(f"{piece.where}: too much that looks like numbers; the rest was not scanned")
        for name, value, said_of in _fields(piece, layer):
            content.add_named(name, value, where, said_of)


def _digest(piece: Piece, value: bytes) -> bytes:
    """What a piece is known by: all that decides what is found in it."""
    said_of = getattr(piece, "said_of", "")
    return hashlib.blake2b(f"{piece.field}\0{said_of}\0".encode("utf-8", "replace") + value, digest_size=16).digest()


def _fields(piece: Piece, layer: Layer) -> Iterator[tuple[str, str, str]]:
    """The fields of a layer, their values, whom they are said of: one, those of JSON that was decoded, or of a log."""
    from comity.identify.logged import logged
    from comity.identify.nested import Member, Pieces

    pieces: list[Piece] = []
    if layer.encodings and layer.text[:1] in (b"{", b"["):
        inner = Pieces()
        inner.add(piece.field, layer.text.decode("utf-8", "replace"), piece.where)
        pieces = inner.pieces
    elif piece.field:
        pieces = [replace(piece, value=layer.text.decode("utf-8", "replace"))]
    for each in pieces:
        if each.field:
            yield each.field, str(each.value), each.said_of if isinstance(each, Member) else ""
    yield from logged(layer.text)


def _where(piece: Piece, layer: Layer) -> str:
    return f"{piece.where}{layer.disguise}"


def _name(names: Names, texts: Sequence[tuple[Piece, Layer]], content: Content) -> None:
    """Add the names in all texts of a record, which a pipeline takes together in less time than one by one."""
    found, whole = names.find([layer.text for _, layer in texts])
    for number, value in found:
        piece, layer = texts[number]
        where = _where(piece, layer)
        content.add(Detection(CATEGORY, names.detector, CONFIDENCE, piece.field, where, masked(value)), value)
    if not whole:
        content.unscanned.append(f"names were looked for in {MOST_CHARACTERS >> 20} MB of free text, and no further")
