"""Many expressions looked for in one pass over a text, by Hyperscan."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import hyperscan


class Expressions:
    """Compiled expressions, each with a number; several may have the same."""

    def __init__(self, expressions: Sequence[tuple[str, int]], flags: int) -> None:
        # Hyperscan refuses to look for nothing.
        self._database = hyperscan.Database() if expressions else None
        if self._database:
            self._database.compile(
                expressions=[expression.encode() for expression, _ in expressions],
                ids=[number for _, number in expressions],
                elements=len(expressions),
                flags=flags,
            )

    def ends(self, text: bytes, most: int) -> list[tuple[int, int]]:
        """Where matches end, in order and no more than so many, and the numbers of their expressions.

        There is a line break before and after the text, so that an expression can ask for a byte at either side
        without a case for the edges. What ends with the one after it, ends at the length of the text and one.
        """
        ends: list[tuple[int, int]] = []

        def note(number: int, start: int, end: int, flags: int, context: object) -> bool | None:
            ends.append((end - 1, number))
            return len(ends) >= most or None

        if self._database:
            with suppress(hyperscan.ScanTerminated):
                self._database.scan(b"\n" + text + b"\n", match_event_handler=note)
        return ends
