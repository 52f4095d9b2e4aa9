"""Work measured in a process of its own, so that no run warms up the next."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def in_a_process(script: str, *arguments: object) -> dict[str, Any]:
    """The JSON object that a script prints last."""
    command = [sys.executable, script, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measured(work: Callable[[], T]) -> tuple[T, dict[str, float]]:
    """What some work gives, and ``seconds`` that it took, ``cpu`` (seconds) and ``peak`` (bytes) of this process."""
    began = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return found, {"seconds": seconds, "cpu": time.process_time(), "peak": peak}
