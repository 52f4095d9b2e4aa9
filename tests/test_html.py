"""The report as a page: whole in itself, inert whatever the evidence holds, in four languages."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from running import LUMEN, facts, pack

from comity import check
from comity.checking import Judgement
from comity.cli.check import LANGUAGES as COMMAND_LANGUAGES
from comity.report.html import render
from comity.report.html.compare import compare
from comity.report.languages import LANGUAGES, LOCALE, Language

HOSTILE = "</script><script>alert(1)</script>\"'<img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}"


class Page(HTMLParser):
    """What a page is made of: tags with attributes, texts, ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if name in (attributes.get("class") or "").split()]


@pytest.fixture(scope="module")
def lumen() -> Judgement:
    return check([LUMEN])


def judged(folder: Path, *changes: dict[str, Any]) -> Judgement:
    return check([facts(folder / "facts.ndjson", *changes)], packs=[str(pack(folder))])


def test_a_page_needs_nothing_but_itself(lumen: Judgement) -> None:
    page = Page(render(lumen))
    loaded = {
        name: a[name] for _, a in page.tags for name in ("src", "srcset", "action", "poster", "data") if name in a
    }
    assert not loaded
    assert all(str(a["href"]).startswith("#") for _, a in page.tags if "href" in a)
    assert not [tag for tag, _ in page.tags if tag in ("link", "iframe", "object", "embed", "base")]
    (policy,) = (a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert str(policy).startswith("default-src 'none'")
    assert "unsafe-eval" not in str(policy)


def test_every_finding_stands_on_the_page_with_its_article_and_its_evidence(lumen: Judgement) -> None:
    page = Page(render(lumen))
    found = [a["id"] for a in page.of_class("finding")]
    assert found == [f"f-{finding.id[:12]}" for finding in lumen.findings]
    for finding in lumen.findings[:30]:
        assert finding.id in page.text
        assert finding.cites in page.text
        assert all(each.file in page.text for each in finding.evidence)


def test_every_link_within_the_page_leads_somewhere(lumen: Judgement) -> None:
    page = Page(render(lumen))
    ids = {a["id"] for _, a in page.tags if "id" in a}
    assert len(ids) == sum("id" in a for _, a in page.tags)
    assert {str(a["href"])[1:] for _, a in page.tags if "href" in a} <= ids


def test_evidence_is_text_whatever_it_holds(tmp_path: Path) -> None:
    judgement = judged(tmp_path, {"recipient.name": HOSTILE, "host": HOSTILE, "product": HOSTILE, "data": [HOSTILE]})
    text = render(judgement)
    page, harmless = Page(text), Page(render(judged(tmp_path, {"recipient.name": "Acme", "data": ["Name"]})))
    assert [tag for tag, _ in page.tags].count("script") == [tag for tag, _ in harmless.tags].count("script")
    assert not [a for tag, a in page.tags if tag == "img" or "onerror" in a]
    assert HOSTILE in "".join(page.texts)


def test_the_same_judgement_gives_the_same_page(lumen: Judgement) -> None:
    assert render(lumen) == render(lumen)


def test_no_fact_no_finding_and_no_flow_make_a_page_too(tmp_path: Path) -> None:
    (tmp_path / "empty.ndjson").write_text("")
    assert "Nothing could be judged" in Page(render(check([tmp_path / "empty.ndjson"]))).text
    kept = Page(render(judged(tmp_path, {"to": "DE"})))
    assert "No breach was found" in kept.text
    store = tmp_path / "store.ndjson"
    store.write_text(json.dumps({"kind": "store", "name": "s", "place": "VN", "personal": True}) + "\n")
    assert not [a for _, a in Page(render(check([store]))).tags if a.get("id") == "map"]


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != "en"])
def test_every_word_is_translated(tag: str) -> None:
    with (LOCALE / f"{tag}.po").open("rb") as file:
        catalogue = read_po(file, locale=LANGUAGES[tag])
    for message in catalogue:
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        assert not message.id or all(strings), message.id
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        for text in strings if message.id else ():
            places = {place for id in ids for place in re.findall(r"%\(\w+\)s|\{\w+\}", id)}
            assert set(re.findall(r"%\(\w+\)s|\{\w+\}", text)) == places, message.id


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_page_speaks_one_language(lumen: Judgement, tag: str) -> None:
    page = Page(render(lumen, tag))
    assert ("html", {"lang": tag}) in page.tags
    assert Language(tag).say("At a glance") in page.text
    assert (Language("en").say("At a glance") in page.text) is (tag == "en")


def test_numbers_days_and_places_are_written_as_the_language_does() -> None:
    assert [Language(tag).number(12345.6) for tag in ("en", "vi")] == ["12,345.6", "12.345,6"]
    assert [Language(tag).place("DE") for tag in LANGUAGES] == ["Germany", "Германия", "Đức", "德国"]
    assert [Language("en").size(n) for n in (999, 1000, 1_500_000)] == ["999 B", "1 kB", "1.5 MB"]


def test_the_languages_of_the_command_are_those_of_reports() -> None:
    assert tuple(LANGUAGES) == COMMAND_LANGUAGES


def test_flows_to_nowhere_known_make_a_page_without_a_map(tmp_path: Path) -> None:
    page = Page(render(judged(tmp_path, {"to": None, "host": "x.example"})))
    assert [a for _, a in page.tags if a.get("id") == "map"]
    assert not [a for _, a in page.tags if a.get("data-chart") == "map"]


def test_letters_that_turn_or_hide_others_are_spelt_out(tmp_path: Path) -> None:
    text = render(judged(tmp_path, {"recipient.name": "safe\u202egpj.exe\u200b\u2066x"}))
    assert not re.search("[\u202e\u200b\u2066]", text)
    assert "safe\\u202egpj.exe\\u200b\\u2066x" in text


def test_a_volume_that_only_some_tell_is_the_least(tmp_path: Path) -> None:
    page = Page(render(judged(tmp_path, {"bytes": 2000}, {"bytes": 1000}, {})))
    assert "at least 3 kB" in page.text
    assert "not all tell their volume" in page.text


def test_what_was_refused_and_what_has_no_time_is_told(tmp_path: Path) -> None:
    page = Page(render(judged(tmp_path, {"blocked": True}, {"at": None}, {})))
    assert "1 was refused or never answered" in page.text
    assert "1 without a time: today's law presumed" in page.text


def test_the_endpoints_of_a_product_are_all_that_were_seen(lumen: Judgement) -> None:
    found = {each.name: each for each in compare(lumen)}
    endpoints = {side.what: side for side in found["Lumen Relay"].sides}["endpoints"]
    assert endpoints.observed == ("charts.khor.example", "tides.konkan.example")
    assert not endpoints.disagrees


def test_many_findings_of_one_rule_share_their_exceptions(tmp_path: Path) -> None:
    page = Page(render(check([LUMEN / "comity.toml", LUMEN / "office"], packs=["vn-pdpl"])))
    ways = [a["data-ways"] for _, a in page.tags if "data-ways" in a]
    assert len(set(ways)) < len(ways)
