"""Several keys as the digits of one number: one wide key is grouped and joined much faster than many narrow ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comity.judge.keys import Key

#: Keys are packed into numbers below this.
CAPACITY = 1 << 62


@dataclass(frozen=True)
class Packed:
    """The number, by the name of its column, and the keys that are its digits, the lowest first."""

    column: str
    keys: tuple[Key, ...]

    def sum(self, home: str | None) -> str:
        """The part of the number that one home decides, as SQL."""
        parts, weight = ["0::BIGINT"], 1
        for key in self.keys:
            if key.home == home and key.values > 1:
                parts.append(f"({key.expression})::BIGINT * {weight}")
            weight *= key.values
        return " + ".join(parts)

    def unpacked(self) -> list[str]:
        """The keys again, as SQL over the number."""
        parts, weight = [], 1
        for key in self.keys:
            parts.append(f"({self.column} // {weight} % {key.values})::INTEGER AS {key.name}")
            weight *= key.values
        return parts


def pack(keys: Sequence[Key], prefix: str) -> list[Packed]:
    """Keys in order, in as few numbers as they fit into; their columns are called by the prefix and a number."""
    groups: list[list[Key]] = [[]]
    size = 1
    for key in keys:
        if size * key.values >= CAPACITY:
            groups.append([])
            size = 1
        groups[-1].append(key)
        size *= key.values
    return [Packed(f"{prefix}{number}", tuple(group)) for number, group in enumerate(groups)]
