"""Text files as clean pieces that the engine can read line by line without ever stumbling.

A file of text is copied, decompressed, in pieces of bounded size. What the engine's reader would trip over is settled
on the way: every line ends with a single line feed, and a line that is not UTF-8, is too long, or at which a compressed
file breaks off is replaced by a mark that says so. A line keeps its number whatever stands around it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from comity.engine.duckdb import Engine, literal
from comity.evidence.base import BROKEN, EvidenceFile

#: The longest line that is read; longer ones are skipped as a whole.
MAX_LINE = 16 << 20

_BLOCK = 1 << 20
_PIECE_BYTES = 256 << 20
_PIECE_LINES = 2_000_000
_BOM = b"\xef\xbb\xbf"

_CUT, _LONG, _CODING = b"\x02cut", b"\x02long", b"\x02coding"

#: Marks that stand for lines that can't be read, and why.
MARKS = {
    _CUT.decode(): "the file breaks off or is damaged here",
    _LONG.decode(): f"longer than {MAX_LINE >> 20} MB",
    _CODING.decode(): "not UTF-8",
}

# The engine takes byte 1 for the end of a cell and 0 for nothing at all; neither may stand in JSON or CSV.
_CONTROL = bytes.maketrans(b"\x00\x01", b"\x1a\x1a")


@dataclass(frozen=True)
class Piece:
    """A run of lines in a file of its own; ``first`` is the number of the first one."""

    path: Path
    first: int
    lines: int

    def stage(self, engine: Engine, table: str, columns: str) -> None:
        """A temporary table of the lines, whose ``rowid`` counts them from 0. ``columns`` is SQL over ``line``."""
        for parallel in ("true", "false"):
            engine.run(
                f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {columns} FROM read_csv({literal(str(self.path))}, "
                "columns = {'line': 'VARCHAR'}, header = false, auto_detect = false, new_line = '\\n', delim = '\x01', "
                f"quote = '', escape = '', max_line_size = {MAX_LINE + 4 * _BLOCK}, parallel = {parallel})"
            )
            # Read in parallel, the engine may lose a very long line without a word.
            if engine.value(f"SELECT count(*) FROM {table}") == self.lines:
                return

    def pick(self, numbers: Iterator[int]) -> Iterator[tuple[int, str]]:
        """The lines that have these numbers, which ascend."""
        wanted = next(numbers, None)
        with self.path.open("rb") as file:
            for number, line in enumerate(file, self.first):
                if number == wanted:
                    yield number, line.decode().rstrip("\n")
                    wanted = next(numbers, None)
                if wanted is None:
                    return


def pieces(file: EvidenceFile) -> Iterator[Piece]:
    """The file, piece by piece; each is gone when the next one is asked for."""
    first = 1
    blocks = _clean_blocks(file)
    with tempfile.TemporaryDirectory(prefix="comity-") as folder:
        path = Path(folder) / "piece"
        while lines := _fill(path, blocks):
            yield Piece(path, first, lines)
            first += lines


def _fill(path: Path, blocks: Iterator[bytes]) -> int:
    lines = size = 0
    with path.open("wb") as piece:
        for block in blocks:
            piece.write(block)
            lines += block.count(b"\n")
            size += len(block)
            if size >= _PIECE_BYTES or lines >= _PIECE_LINES:
                break
    return lines


def _clean_blocks(file: EvidenceFile) -> Iterator[bytes]:
    with file.open() as source:
        for number, block in enumerate(_whole_lines(source)):
            yield _clean(block.removeprefix(_BOM) if number == 0 else block)


def _whole_lines(source: IO[bytes]) -> Iterator[bytes]:
    """Blocks that end where a line ends; marks stand for what is too long, and for a last line that is cut off."""
    # `read1` gives what is there: of a file cut short, everything before the cut.
    read = getattr(source, "read1", source.read)
    tail, too_long = bytearray(), False
    try:
        while block := read(_BLOCK):
            end = block.rfind(b"\n") + 1
            if end:
                yield (_LONG + block[block.find(b"\n") : end]) if too_long else bytes(tail) + block[:end]
                tail, too_long = bytearray(), False
            if not too_long:
                tail += block[end:]
            if len(tail) > MAX_LINE:
                tail, too_long = bytearray(), True
    except BROKEN:
        tail, too_long = bytearray(_CUT), False
    if tail or too_long:
        yield (_LONG if too_long else bytes(tail)) + b"\n"


def _clean(block: bytes) -> bytes:
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    if b"\x00" in block or b"\x01" in block:
        block = block.translate(_CONTROL)
    if block.isascii() or _is_utf8(block):
        return block
    return b"\n".join(line if _is_utf8(line) else _CODING for line in block.split(b"\n"))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
