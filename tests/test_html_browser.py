"""The page in a real browser: no request, no error, filters by mouse and by keyboard, readable by everybody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab
from running import LUMEN, facts, pack

from comity import check
from comity.report.html import render

CHROMIUM = shutil.which("chromium")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def lumen(folder: Path) -> Path:
    path = folder / "lumen.html"
    path.write_text(render(check([LUMEN])), encoding="utf-8")
    return path


class Opened:
    """A page in a tab, and what the tab complained of."""

    def __init__(self, browser: Browser, path: Path, width: int = 1440) -> None:
        self.tab: Tab = browser.new_page(viewport={"width": width, "height": 900})
        self.said: list[str] = []
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("request", lambda request: self.said.append(request.url) if request.url != path.as_uri() else None)
        self.tab.goto(path.as_uri())
        self.tab.wait_for_load_state("load")

    @property
    def shown(self) -> int:
        """How many findings the filters leave; the first 200 of them are on the page."""
        left = int(self.tab.inner_text("#shown").split(" of ")[0].split(" ")[-1].replace(",", ""))
        assert self.tab.locator("details.finding").count() <= min(left, 200)
        return left


@pytest.fixture
def opened(browser: Browser) -> Iterator[Any]:
    tabs = []

    def open_page(path: Path, width: int = 1440) -> Opened:
        tabs.append(Opened(browser, path, width))
        return tabs[-1]

    yield open_page
    for page in tabs:
        page.tab.close()


@pytest.mark.parametrize("width", [360, 1440])
def test_a_page_asks_for_nothing_complains_of_nothing_and_fits(opened: Any, lumen: Path, width: int) -> None:
    page = opened(lumen, width)
    page.tab.wait_for_timeout(500)
    assert page.said == []
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_serious_keeps_anybody_from_reading_it(opened: Any, lumen: Path, width: int) -> None:
    page = opened(lumen, width)
    page.tab.evaluate("document.querySelectorAll('details:not(.finding)').forEach((d, n) => d.open = n % 5 == 0)")
    page.tab.evaluate(
        "document.querySelectorAll('details.finding').forEach((d, n) => n < 6 ? d.open = n < 3 : d.remove())"
    )
    found = Axe().run(page.tab).response["violations"]
    grave = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    assert not grave, [(rule["id"], rule["nodes"][0]["html"][:200], len(rule["nodes"])) for rule in grave]


def test_filters_work_by_mouse(opened: Any, lumen: Path) -> None:
    page = opened(lumen)
    all_of_them = page.shown
    page.tab.select_option("#filter-pack", "gdsi")
    of_pack = page.shown
    assert 0 < of_pack < all_of_them
    page.tab.select_option("#filter-word", "indicator")
    assert 0 < page.shown < of_pack
    assert str(page.shown) in page.tab.inner_text("#shown")
    page.tab.fill("#filter-text", "no finding says this")
    assert page.shown == 0
    page.tab.click("#filters button")
    page.tab.wait_for_timeout(50)
    assert page.shown == all_of_them


def test_filters_and_findings_work_by_keyboard(opened: Any, lumen: Path) -> None:
    page = opened(lumen)
    all_of_them = page.shown
    page.tab.focus("#filter-word")
    page.tab.keyboard.press("ArrowDown")
    assert 0 < page.shown < all_of_them
    first = page.tab.locator("details.finding").first
    first.locator("summary").focus()
    page.tab.keyboard.press("Enter")
    assert first.evaluate("finding => finding.open")


def test_a_cell_of_a_table_shows_its_findings(opened: Any, lumen: Path) -> None:
    page = opened(lumen)
    all_of_them = page.shown
    link = page.tab.locator("#matrix td a").first
    place, of = link.get_attribute("data-filter-place"), link.get_attribute("data-filter-pack")
    link.focus()
    page.tab.keyboard.press("Enter")
    page.tab.wait_for_timeout(50)
    assert page.tab.input_value("#filter-place") == place
    assert page.tab.input_value("#filter-pack") == of
    assert 0 < page.shown < all_of_them


def test_a_link_to_a_finding_opens_it(opened: Any, lumen: Path) -> None:
    page = opened(lumen)
    link = page.tab.locator(".worst a").first
    target = str(link.get_attribute("href"))
    link.click()
    page.tab.wait_for_timeout(50)
    assert page.tab.locator(target).evaluate("finding => finding.open")


def test_a_link_to_a_finding_that_is_filtered_away_shows_it(opened: Any, lumen: Path) -> None:
    page = opened(lumen)
    link = page.tab.locator(".worst a").first
    page.tab.fill("#filter-text", "no finding says this")
    assert page.tab.locator("details.finding").count() == 0
    link.click()
    page.tab.wait_for_timeout(50)
    assert page.tab.locator(str(link.get_attribute("href"))).evaluate("finding => finding.open")


def test_on_paper_what_is_shown_is_open_and_the_rest_is_not_there(opened: Any, lumen: Path) -> None:
    page = opened(lumen)
    page.tab.select_option("#filter-word", "breach of law")
    shown = page.shown
    page.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.tab.locator("details.finding[open]").count() == shown
    page.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.tab.locator("details.finding[open]").count() == 0
    assert len(page.tab.pdf()) > 10_000


def test_a_script_in_evidence_does_not_run(opened: Any, folder: Path) -> None:
    hostile = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    evidence = facts(folder / "hostile.ndjson", {"recipient.name": hostile, "product": hostile, "host": hostile})
    path = folder / "hostile.html"
    path.write_text(render(check([evidence], packs=[str(pack(folder))])), encoding="utf-8")
    page = opened(path)
    page.tab.wait_for_timeout(300)
    assert "taken" not in page.tab.title()
    assert page.said == []


def test_without_scripts_all_of_it_can_be_read(browser: Browser, lumen: Path) -> None:
    tab = browser.new_page(java_script_enabled=False)
    tab.goto(lumen.as_uri())
    finding = tab.locator("details.finding").first
    finding.locator("summary").click()
    assert "Law as of" in finding.inner_text()
    tab.close()


def test_words_are_looked_for_in_closed_findings_too(opened: Any, lumen: Path) -> None:
    page = opened(lumen)
    id = page.tab.locator("details.finding").nth(7).get_attribute("id")
    page.tab.fill("#filter-text", id.removeprefix("f-"))
    assert page.shown == 1
    page.tab.fill("#filter-text", "noscript")
    assert page.shown == 0


def test_five_thousand_findings_are_all_there_and_can_be_filtered(opened: Any, folder: Path) -> None:
    places = ("US", "CN", "RU", "VN", "BR")
    changes = [{"recipient.name": f"Party {n}", "to": places[n % 5], "data": ["Name"]} for n in range(4_999)]
    changes.append({"recipient.name": "Zebra", "to": "BR", "data": ["Name"]})
    path = folder / "many.html"
    judgement = check([facts(folder / "many.ndjson", *changes)], packs=[str(pack(folder))])
    path.write_text(render(judgement), encoding="utf-8")
    page = opened(path)
    assert page.shown == 5_000
    findings = page.tab.locator("details.finding")
    assert findings.count() == 200
    page.tab.click("#more")
    assert findings.count() == 400
    page.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.tab.locator("details.finding[open]").count() == 5_000
    page.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert findings.count() == 400
    page.tab.select_option("#filter-place", "VN")
    assert page.shown == 1_000
    page.tab.fill("#filter-text", "zebra")
    assert page.shown == 0
    page.tab.select_option("#filter-place", "BR")
    assert page.shown == 1
    assert page.said == []
