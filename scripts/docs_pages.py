"""Pages that a reader can follow by hand: walk one as the reader would, and say what its outputs are now.

A page is walked from a folder of its own that holds a copy of `examples`. In order:

- a block ```` ```toml comity.toml ````, or of any other language with a file name behind it, is written to that file;
  in `comity.toml` a table takes the place of the one with the same `name` or `match`, and other tables are added;
- `$ comity …` in a ```` ```console ```` block is run, and so are `$ mkdir`, `$ cd`, `$ cp` and `$ cat`. The exit code
  is 0, or what a following `$ echo $?` shows; `check` may also end with 1. A command whose evidence is not there (the
  reader's own) is not run: its arguments are checked, and the block stays as it is;
- a ```` ```python ```` block is executed.

`<!-- show: Rule | breach of law:4 -->` above a block picks the parts of an output that are shown: each the first
paragraph with a line that begins so (numbers aside), or that many lines from there. `…` stands for what is left out.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from comity.cli.main import main, parser
from comity.errors import ComityError
from comity.profile import load_profile

ROOT = Path(__file__).parents[1]
WALKED = ("README.md", "docs/tutorial/*.md", "docs/how-to/*.md")

_FENCE = re.compile(r"^```(\w+)(?: (\S+))?$")
_SHOW = re.compile(r"^<!-- show: (.*) -->$")
_PART = re.compile(r"(.*?)(?::(\d+))?")
_SHELL = ("mkdir", "cp", "cat")
_GAP = "…"


class PageError(Exception):
    """A page tells what is not so."""


def walked_pages() -> list[Path]:
    """The pages that are walked."""
    return sorted(page for pattern in WALKED for page in ROOT.glob(pattern))


def walk(page: Path) -> str:
    """The page with its outputs as they are now. Raises ``PageError``."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples", Path(folder) / "examples")
        try:
            os.chdir(folder)
            return "\n".join(_lines(page.read_text(encoding="utf-8").splitlines())) + "\n"
        except (PageError, ComityError) as error:
            raise PageError(f"{page.relative_to(ROOT)}: {error}") from None
        finally:
            os.chdir(here)


def _lines(lines: list[str]) -> Iterator[str]:
    number, shown = 0, None
    while number < len(lines):
        line = lines[number]
        yield line
        number += 1
        if fence := _FENCE.match(line):
            end = lines.index("```", number)
            block = lines[number:end]
            language, name = fence.groups()
            if name:
                _write(Path(name), block)
            elif language == "python":
                with contextlib.redirect_stdout(io.StringIO()):
                    exec("\n".join(block), {"__name__": "page"})  # noqa: S102
            yield from _console(block, shown) if language == "console" else block
            yield "```"
            number, shown = end + 1, None
        elif line:
            shown = found[1] if (found := _SHOW.match(line)) else None


def _write(path: Path, block: list[str]) -> None:
    """Write a file; a ``comity.toml`` that is there is changed table by table, and what comes out is one."""
    if path.name == "comity.toml" and path.exists():
        tables = dict(_tables(path.read_text(encoding="utf-8").splitlines()))
        tables.update(_tables(block))
        block = [line for table in tables.values() for line in table]
    path.write_text("\n".join(block) + "\n", encoding="utf-8")
    if path.name == "comity.toml":
        load_profile(path)


def _tables(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    starts = [n for n, line in enumerate(lines) if re.match(r"\[+\w+\]+", line)]
    yield "", lines[: starts[0]]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        table = lines[start:end]
        [(kind, value)] = tomllib.loads("\n".join(table)).items()
        entry = value[0] if isinstance(value, list) else {}
        yield f"{kind} {entry.get('match', entry.get('name'))}", table


def _console(block: list[str], shown: str | None) -> Iterator[str]:
    commands = [(n, line[2:]) for n, line in enumerate(block) if line.startswith("$ ")]
    code: int | None = None
    for (start, command), end in zip(commands, [*(n for n, _ in commands[1:]), len(block)], strict=True):
        yield block[start]
        if command == "echo $?":
            yield "" if code is None else str(code)
            if code is None or [str(code)] != [line for line in block[start + 1 : end] if line]:
                raise PageError(f"the exit code is {code}, and not what the page says")
            continue
        ran = _run(shlex.split(command))
        if ran is None:
            code = None
            yield from block[start + 1 : end]
            continue
        code, output = ran
        told = any(following == "echo $?" for n, following in commands if n == end)
        if not told and code not in ((0, 1) if command.startswith("comity check") else (0,)):
            raise PageError(f"`{command}` ends with {code}: {output}")
        yield from _excerpt(output, shown, command)


def _run(words: list[str]) -> tuple[int, str] | None:
    """Exit code and output; None where the evidence is the reader's own."""
    if words[0] == "cd":
        os.chdir(words[1])
        return 0, ""
    if words[0] in _SHELL:
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
        return done.returncode, done.stdout + done.stderr
    if words[0] != "comity":
        return None
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            given = parser().parse_args(words[1:])
            files = [*getattr(given, "paths", ()), getattr(given, "profile", None), getattr(given, "places", None)]
            if any(file and not Path(file).exists() for file in files):
                return None
            code = main(words[1:])
        except SystemExit as stop:
            code = int(stop.code or 0)
    return code, output.getvalue()


def _excerpt(output: str, shown: str | None, command: str) -> Iterator[str]:
    lines = [line.rstrip() for line in output.rstrip().splitlines()]
    if shown is None:
        yield from lines
        return
    at = 0
    for part in shown.split(" | "):
        text, most = _PART.fullmatch(part.strip()).groups()
        start = next((n for n in range(at, len(lines)) if lines[n].lstrip(" 0123456789").startswith(text)), None)
        if start is None:
            raise PageError(f"no line of `{command}` begins with `{text}`")
        while not most and start > at and lines[start - 1]:
            start -= 1
        yield from _skip(lines[at:start])
        blank = next((n for n in range(start, len(lines)) if not lines[n]), len(lines))
        at = min(blank, start + int(most)) if most else blank
        yield from lines[start:at]
    if any(lines[at:]):
        yield _GAP


def _skip(lines: list[str]) -> list[str]:
    return [_GAP] if any(lines) else lines
