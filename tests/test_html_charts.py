"""The charts of a page: valid, the same bytes each time, inert whatever evidence says, drawn by a browser offline."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import altair
import pytest
import vl_convert
from running import environment

from comity.judge.judgement import GRADES
from comity.profile import JURISDICTIONS
from comity.report.html import flow_map
from comity.report.html.charts import Arc, Bar, Mark, javascript, script_json, style, usermeta
from comity.report.html.flow_map import drawn, map_chart
from comity.report.html.geometry import curve, project
from comity.report.html.time_line import flags, time_chart
from comity.report.languages import LANGUAGES, Language

EN = Language("en")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = (
    "</script><img src=x onerror=window.evil=1>",
    "${window.evil=1}",
    "datum.x ? (window.evil=1) : 0",
    "'] + (window.evil=1) + ['",
    '{"signal": "width"}',
    "<!--<script>window.evil=1</script>",
    "\u202egnp.exe\u2028\u0000",
)


def arcs(*names: str) -> list[Arc]:
    """Flows there and back, within, from and to the unknown, and of each grade."""
    ends = [("DE", "VN"), ("VN", "DE"), ("DE", "DE"), ("US", "NZ"), ("EU", "EPO"), ("CN", "SG"), ("BR", None)]
    grades = (*GRADES, GRADES[0])
    return [Arc(*ends[n], {grade: n + 1, "kept": 2}, 10**n, names, n) for n, grade in enumerate(grades)]


def bars(count: int = 5) -> list[Bar]:
    starts = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(count + 1)]
    return [Bar(starts[n], starts[n + 1], dict.fromkeys(GRADES, 3 * n + 1)) for n in range(count)]


def marks(*names: str) -> list[Mark]:
    return [Mark(date(2025, 3, 15), name) for name in names] + [Mark(date(2025, 4, 1), "Decree", begins=False)]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_time_line_is_valid_vega_lite(tag: str) -> None:
    spec = time_chart(bars(), marks("Act"), Language(tag))

    altair.Chart.from_dict(spec, validate=True)
    assert spec["description"]


@pytest.mark.parametrize("some", [arcs("Acme"), arcs("Acme")[:1], []])
def test_vega_draws_the_map(some: list[Arc]) -> None:
    spec = map_chart(some, EN)

    assert "<svg" in vl_convert.vega_to_svg(spec)
    assert spec["description"]


def test_nothing_to_show_is_no_error() -> None:
    altair.Chart.from_dict(time_chart([], marks("Act"), EN), validate=True)
    assert flags([], marks("Act")) == []


def test_what_evidence_says_stands_in_data_only() -> None:
    def without_data(spec: dict) -> dict:
        return {name: value for name, value in spec.items() if name not in {"data", "datasets"}}

    assert without_data(map_chart(arcs("Acme"), EN)) == without_data(map_chart(arcs(*HOSTILE), EN))
    tame, hostile = (time_chart(bars(), marks(*names), EN) for names in (["Acme"] * len(HOSTILE), HOSTILE))
    layers = [[{k: v for k, v in layer.items() if k != "data"} for layer in s["layer"]] for s in (tame, hostile)]
    assert layers[0] == layers[1]


def test_json_in_a_page_ends_no_element_and_reads_back() -> None:
    text = script_json({"names": HOSTILE})

    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"names": list(HOSTILE)}


def test_the_same_flows_make_the_same_bytes() -> None:
    code = "import test_html_charts as t\nprint(t.map_chart(t.arcs('A', 'B'), t.EN), t.time_chart(t.bars(), [], t.EN))"
    outs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**environment(), "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent, capture_output=True, check=True,
        ).stdout
        for seed in "12"
    }  # fmt: skip
    assert len(outs) == 1


def test_the_world_has_every_code_and_no_borders() -> None:
    world = Path(flow_map.__file__).parent / "world.json"
    held = json.loads(world.read_text(encoding="utf-8"))

    assert held["points"].keys() == JURISDICTIONS
    assert list(held["land"]["objects"]) == ["land"]
    assert world.stat().st_size < 120_000
    assert "public domain" in flow_map.source()


def test_what_is_not_known_is_never_drawn_as_something() -> None:
    assert [arc.origin for arc in arcs() if arc not in drawn(arcs())] == ["BR"]
    assert drawn([Arc("DE", "ZZ", {"kept": 1})]) == []
    known, unknown = Arc("DE", "US", {"kept": 2}, 900), Arc("DE", "CN", {"kept": 3}, None)
    lines = next(data for data in map_chart([known, unknown], EN)["data"] if data["name"] == "lines")["values"]
    assert {line["volume"] for line in lines} == {2, 3}  # flows, as bytes are not known of all


def test_there_and_back_are_two_lines() -> None:
    start, end = project((10, 51), 11), project((105, 21), 11)
    there, back = curve(start, end), curve(end, start)

    assert (there[0], there[-1]) == (back[-1], back[0]) == (start, end)
    assert there[8][1] > back[8][1] + 0.2


@pytest.mark.parametrize("tag", LANGUAGES)
def test_numbers_and_dates_are_the_language_s(tag: str) -> None:
    options = usermeta(Language(tag))["embedOptions"]
    assert {len(options["timeFormatLocale"][name]) for name in ("months", "shortMonths")} == {12}
    assert options["timeFormatLocale"]["days"][0] == {
        "en": "Sunday", "ru": "воскресенье", "vi": "Chủ Nhật", "zh-Hans": "星期日"
    }[tag]  # fmt: skip


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium to draw with: apt-get install chromium")
def test_a_browser_draws_both_offline(tmp_path: Path) -> None:
    browsers = pytest.importorskip("playwright.sync_api")
    page_file = tmp_path / "page.html"
    page_file.write_text(page(), encoding="utf-8")
    asked, said = [], []
    with browsers.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in (360, 1440):
            tab = browser.new_page(viewport={"width": width, "height": 900})
            tab.on("request", lambda request: asked.append(request.url))
            tab.on("console", lambda message: said.append(message.text))
            tab.on("pageerror", lambda error: said.append(str(error)))
            tab.goto(page_file.as_uri())
            tab.wait_for_selector("[data-chart=map][data-drawn=yes]", timeout=60_000)
            tab.wait_for_selector("[data-chart=time][data-drawn=yes]", timeout=60_000)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert tab.locator("[role='graphics-document'][aria-label]").count() == 2
            for event in ("pointerover", "pointermove"):
                tab.locator("[data-chart=map] .near path").first.dispatch_event(event, {"bubbles": True})
            assert "<img src=x" in tab.locator("#vg-tooltip-element.visible").inner_text()
            assert tab.evaluate("[window.evil, document.images.length]") == [None, 0]
        browser.close()
    assert (asked, said) == ([page_file.as_uri()] * 2, [])


def page() -> str:
    """A page with both charts under the strictest policy that lets a script of ours run."""
    script = javascript()
    known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    specs = {"map": map_chart(arcs(*HOSTILE), EN), "time": time_chart(bars(), marks(*HOSTILE), EN)}
    return f"""<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <meta http-equiv="Content-Security-Policy"
            content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{known}'">
        <style>{style()}</style>""" + "".join(
        f'<div class="chart" data-chart="{name}"></div>'
        f'<script type="application/json" data-spec="{name}">{script_json(spec)}</script>'
        for name, spec in specs.items()
    ) + f"<script>{script}</script>"  # fmt: skip
