"""Evidence and law of a few lines, for tests that run the command on files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LUMEN = ROOT / "examples" / "lumen"

#: A flow of which everything is known that the packs below ask.
FLOW = {"kind": "flow", "at": "2026-03-02T10:00:00Z", "from": "DE", "to": "US", "personal": True}

PACK = """---
id: {id}
title: A {force} made for tests
issuer: EU
force: {force}
bearer: company
from: 2018-05-25
zone: Europe/Brussels
sources: [https://example.org/{id}]
---
# A {force} made for tests

What it says.

## Article 1 — Personal data stays

```rule
id: art-1
about: flow
when: flow.personal && flow.from != flow.to
{more}
```
"""


def facts(path: Path, *changes: dict[str, Any]) -> Path:
    """A file of flows, each a change of the usual one; null takes an attribute away."""
    lines = [{k: v for k, v in {**FLOW, **change}.items() if v is not None} for change in changes or ({},)]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def pack(folder: Path, id: str = "made", force: str = "law", more: str = "") -> Path:
    """A pack by which personal data may not cross a border."""
    path = folder / f"{id}.md"
    path.write_text(PACK.format(id=id, force=force, more=more), encoding="utf-8")
    return path


def process(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; it never ends in a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "comity.cli.main", *map(str, arguments)],
        cwd=cwd, env=environment(), capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


def environment() -> dict[str, str]:
    """The environment in which a process finds the package under test."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}
