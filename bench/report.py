"""How long a page of 5,000 findings takes: to be made, to open in Debian's chromium, to be filtered; and its size.

Run by `make bench-report`; writes `bench/report.json`, a list of {name, value, unit}. Medians of some turns, on a page
whose charts are there as well.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from comity import check
from comity.report.html import render
from comity.report.html.charts import javascript

FINDINGS = 5_000
TURNS = 5
PLACES = ("US", "CN", "RU", "VN", "BR", "IN", "JP", "GB")
OUT = Path(__file__).with_name("report.json")

PACK = """---
id: made
title: A law made to be measured
issuer: EU
force: law
bearer: company
from: 2018-05-25
zone: Europe/Brussels
sources: [https://example.org/made]
---
# A law made to be measured

What it says.

## Article 1 — Personal data stays

```rule
id: art-1
about: flow
when: flow.personal && flow.from != flow.to
```
"""


def evidence(folder: Path) -> list[Path]:
    """Facts that make as many findings, and the pack."""
    (folder / "made.md").write_text(PACK)
    facts = folder / "facts.ndjson"
    with facts.open("w") as file:
        for number in range(FINDINGS):
            fact = {
                "kind": "flow",
                "at": f"2026-0{1 + number % 6}-02T10:00:00Z",
                "from": "DE",
                "data": ["Name", "Health"],
            }
            fact |= {"to": PLACES[number % len(PLACES)], "recipient.name": f"Party {number}", "bytes": number}
            file.write(json.dumps(fact) + "\n")
    return [facts, folder / "made.md"]


def opened(browser: Browser, page: Path) -> dict[str, float]:
    """Milliseconds until findings are filtered, until charts are drawn; then for a filter and for words."""
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    start = time.perf_counter()
    tab.goto(page.as_uri(), wait_until="commit")
    tab.wait_for_selector("#shown:not(:empty)")
    tab.select_option("#filter-place", "VN")
    usable = time.perf_counter() - start
    for chart in ("map", "time"):
        tab.evaluate(f"document.querySelector('[data-chart={chart}]').scrollIntoView()")
        tab.wait_for_selector(f"[data-chart={chart}][data-drawn=yes]")
    drawn = time.perf_counter() - start
    start = time.perf_counter()
    tab.select_option("#filter-place", "BR")
    filtered = time.perf_counter() - start
    start = time.perf_counter()
    tab.fill("#filter-text", "party 4321")
    searched = time.perf_counter() - start
    tab.close()
    times = {"page_usable": usable, "page_drawn": drawn, "page_filtered": filtered, "page_searched": searched}
    return {name: seconds * 1000 for name, seconds in times.items()}


def main() -> None:
    """Measure and write."""
    with tempfile.TemporaryDirectory() as name:
        facts, pack = evidence(Path(name))
        judgement = check([facts], packs=[str(pack)])
        start = time.perf_counter()
        javascript()
        bundled = time.perf_counter() - start
        start = time.perf_counter()
        text = render(judgement)
        made = time.perf_counter() - start
        page = Path(name) / "page.html"
        page.write_text(text, encoding="utf-8")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            turns = [opened(browser, page) for _ in range(TURNS)]
            browser.close()
    values = [
        ("page_findings", len(judgement.findings), "findings"),
        ("page_size", round(len(text.encode()) / 1e6, 1), "MB"),
        ("page_scripts_bundled", round(bundled, 1), "s"),
        ("page_made", round(made, 1), "s"),
        *((key, round(statistics.median(turn[key] for turn in turns)), "ms") for key in turns[0]),
    ]
    OUT.write_text(
        json.dumps([dict(zip(("name", "value", "unit"), row, strict=True)) for row in values], indent=1) + "\n"
    )
    for row in values:
        print(*row)


if __name__ == "__main__":
    main()
