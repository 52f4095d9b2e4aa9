"""What decoding may take: bounds for all layers of one value, and word of what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Room:
    """So many bytes are ``left`` for what is decoded; ``cut`` tells what was left out; ``tokens`` are behind us."""

    left: int
    cut: list[str]
    tokens: set[bytes] = field(default_factory=set)
    _seen: set[bytes] = field(default_factory=set)

    def new(self, data: bytes) -> bool:
        """Whether these bytes came out for the first time."""
        known = len(self._seen)
        self._seen.add(data)
        return len(self._seen) > known

    def take(self, data: bytes) -> bytes:
        """As much of the bytes as there is room for."""
        if len(data) > self.left:
            self.note("decodes to more than is looked at: the rest was not scanned")
        taken = data[: self.left]
        self.left -= len(taken)
        return taken

    def note(self, what: str) -> None:
        """Tell, once, what was left out."""
        if what not in self.cut:
            self.cut.append(what)
