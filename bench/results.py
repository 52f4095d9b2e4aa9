"""bench/results.json: a list of {name, value, unit}, in which every metric has one name and one measurement."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"


def keep(results: Iterable[dict[str, Any]]) -> None:
    """Print results, and put them among those of other benchmarks in place of the earlier ones of the same names."""
    found = {result["name"]: result for result in (json.loads(RESULTS.read_text()) if RESULTS.exists() else [])}
    for result in results:
        found[result["name"]] = result
        print(f"{result['name']:<32} {result['value']:>14,} {result['unit']}")
    RESULTS.write_text(json.dumps(list(found.values()), indent=1) + "\n")
