"""How long it takes to begin: ``comity --help``, ``comity packs``, ten facts judged, beside a Python that does nothing.

    python bench/startup.py [TURNS]

Each runs in a process of its own, in turns, after a first round that is not counted and leaves compiled modules as an
installation has them. Medians of CPU seconds (user and system, which a busy machine hardly changes) go to
bench/results.json; those of the clock are printed beside them.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results import keep

TURNS = 7

#: Exit codes of a command that did its work: nothing breached, breaches found.
DONE = (0, 1)

HOSTS = ("eu.example.org", "us.example.com", "vn.example.net")
PLACES = ("DE", "US", "CN", "SG", "GB")


def ten_facts(path: Path) -> None:
    """Ten flows, no two alike, of a quarter in which laws change."""
    flows = (
        {
            "kind": "flow",
            "at": f"2025-{10 + number % 3}-{number + 1:02}T10:00:00Z",
            "from": PLACES[number % 5],
            "to": PLACES[number // 2],
            "host": HOSTS[number % 3],
            "personal": number % 4 != 0,
            "data": ["Health"] if number % 2 else ["EmailAddress"],
            "people": 100 * number,
            "sender.role": "controller",
            "recipient.seat": [PLACES[number // 2]],
        }
        for number in range(10)
    )
    path.write_text("".join(f"{json.dumps(flow)}\n" for flow in flows))


def commands(facts: Path) -> dict[str, list[str]]:
    """What is measured, by the name of the metric."""
    python = [sys.executable, "-c", ""]
    comity = [str(Path(sys.executable).with_name("comity"))]
    return {
        "start_empty_python": python,
        "start_help": [*comity, "--help"],
        "start_packs": [*comity, "packs"],
        "start_ten_facts": [*comity, "check", str(facts)],
        "start_ten_facts_one_pack": [*comity, "check", str(facts), "--pack", "gdsi"],
    }


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """CPU seconds and seconds of the clock that a command takes."""
    surroundings = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in DONE:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main(turns: int) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        ten_facts(folder / "facts.ndjson")
        measured = commands(folder / "facts.ndjson")
        rounds = [{name: measure(command, folder) for name, command in measured.items()} for _ in range(turns + 1)]
    results = []
    print(f"{'':<26} {'CPU s':>7} {'wall s':>7}")
    for name in measured:
        cpu, wall = (statistics.median(values) for values in zip(*(turn[name] for turn in rounds[1:]), strict=True))
        print(f"{name:<26} {cpu:>7.3f} {wall:>7.3f}")
        results.append({"name": name, "value": round(cpu, 3), "unit": "s of CPU"})
    keep(results)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else TURNS)
