"""The comment on a pull request: short, and nothing out of evidence gets out of its code span."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from running import ROOT, facts, pack

from comity.checking import check
from comity.judge import results
from comity.report import markdown

#: Names as a hostile host would choose them.
HOSTILE = (
    "](javascript:alert(1))",
    "[click](javascript:alert(1)).example",
    "![x](https://evil.example/pixel.png)",
    "<script>alert(1)</script>.example",
    "</code></summary></details><img src=x onerror=alert(1)>",
    "<!-- gone",
    "@everyone",
    "#1 and gh-1",
    "`tick`.example",
    "``` ```` `",
    "a`",
    "`",
    "a | b | c \\| d",
    "one\n\n# two\n\n<b>three",
    "**bold** _it_ ~~no~~ $x$",
    "https://evil.example/ www.evil.example mail@evil.example",
    "&lt;b&gt; &#64;everyone",
    "  spaces  ",
    "\u202egnp \x1b[31m",
)

ALLOWED = {"h2", "h3", "p", "em", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "code"}
ALLOWED |= {"details", "summary", "b"}


class Page(HTMLParser):
    """What a browser would make of it: tags with their attributes, and text by whether it stands in code."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags, self.code, self.prose, self._within = [], [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._within.append(tag)

    def handle_endtag(self, tag):
        assert self._within.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(data)

    def handle_data(self, data):
        (self.code if "code" in self._within else self.prose).append(data)


def page(report: str) -> Page:
    shown = Page(MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").render(report))
    assert {tag for tag, _ in shown.tags} <= ALLOWED
    assert all(set(attributes) <= {"style"} for _, attributes in shown.tags)
    return shown


@pytest.mark.parametrize("host", HOSTILE, ids=ascii)
def test_hostile_evidence_stays_in_code(host, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = {"host": host, "recipient.name": host}
    evidence = facts(Path("f.ndjson"), named, {**named, "personal": None})
    shown = page(markdown.render(check([evidence], packs=[str(pack(tmp_path))])))
    inert = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in host).strip()

    assert sum(inert in text for text in shown.code) >= 3
    assert not any(inert in text for text in shown.prose)
    assert sum(tag == "details" for tag, _ in shown.tags) == 1


@pytest.mark.parametrize("title", HOSTILE, ids=ascii)
def test_the_title_of_a_pack_is_no_structure(title):
    shown = page(
        f"| {markdown.prose(title)} | b |\n|---|---|\n| {markdown.prose(title)} | d |\n\n{markdown.prose(title)}"
    )
    text = "".join(shown.prose)

    assert [tag for tag, _ in shown.tags].count("td") == 2
    assert not shown.code
    assert not re.search(r"[@#]\w|www\.", text)


def test_hostile_file_names_and_products(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    facts(Path("`@a` | <b>.ndjson"), {"host": "a.example", "product": "<i>@b</i>"})
    Path("<u>.har").write_text("{")
    shown = page(markdown.render(check(["."], packs=[str(pack(tmp_path))])))

    assert any("`@a` | <b>.ndjson line 1" in text for text in shown.code)
    assert any("product <i>@b</i>" in text for text in shown.code)
    assert any("<u>.har" in text for text in shown.code)


def test_lumen_in_a_comment(monkeypatch):
    monkeypatch.chdir(ROOT)
    report = markdown.render(check(["examples/lumen"], packs=["gdsi", "eu-gdpr-transfers"]))
    shown = page(report)

    assert len(report) < 20_000
    assert report.startswith("## Comity: 3 breaches of law, ")
    assert sum(tag == "details" for tag, _ in shown.tags) == markdown.TOLD
    assert "### What is not known, and what would settle it" in report
    assert report.endswith("*This is no legal advice.*\n")


def test_what_is_too_long_is_cut_between_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(markdown, "LONGEST", 2000)
    evidence = facts(tmp_path / "f.ndjson", *({"host": f"{n}.example"} for n in range(9)))
    report = markdown.render(check([evidence], packs=[str(pack(tmp_path))]))

    assert len(report) <= 2000
    assert report.endswith("*Cut: a comment holds no more. The JSON report has all.*\n\n*This is no legal advice.*\n")
    assert 1 <= report.count("<details>") == report.count("</details>") < 9


def test_no_comment_is_longer_than_github_takes(tmp_path):
    hosts = ("`" * 390 + str(n) for n in range(40))
    evidence = facts(tmp_path / "f.ndjson", *({"host": host} for host in hosts))
    packs = [str(pack(tmp_path, f"p{n}")) for n in range(3)]

    assert len(markdown.render(check([evidence], packs=packs))) <= 65_536


def test_nothing_to_judge_and_nothing_breached(tmp_path, comity):
    law = pack(tmp_path, more="duty: flow.personal")
    none = comity("check", tmp_path / "missing.har", "--pack", law, "--format", "markdown")
    kept = comity("check", facts(tmp_path / "f.ndjson"), "--pack", law, "--format", "markdown")

    assert (none.code, kept.code) == (2, 0)
    assert "**Nothing could be judged: no fact was read.**" in none.out
    assert "**No breach was found; 1 of 1 verdicts in scope are settled.**" in kept.out
    assert "| pack | kept |\n|---|--:|\n| A law made for tests (made) | 1 |\n" in kept.out


def test_the_table_calls_a_verdict_what_the_instrument_allows(tmp_path):
    kinds = {
        "law": ("law", ""),
        "advice": ("law", "strength: should"),
        "word": ("commitment", ""),
        "sign": ("commitment", "indicator: true"),
    }
    packs = [str(pack(tmp_path, id, force, more)) for id, (force, more) in kinds.items()]
    hosts = ({"host": f"{n % 2}.example"} for n in range(5))
    report = markdown.render(check([facts(tmp_path / "f.ndjson", *hosts)], packs=packs))

    assert "| pack | breach of law | commitment not kept | recommendation not followed | indicator |\n" in report
    assert "8 findings in all. The table counts verdicts, each of one rule on one fact" in report
    for row in ("(law) | 5 | 0 | 0 | 0 |", "(advice) | 0 | 0 | 5 | 0 |", "(word) | 0 | 5 | 0 | 0 |",
                "(sign) | 0 | 0 | 0 | 5 |"):  # fmt: skip
        assert row in report


def test_only_words_that_occur_have_a_column(tmp_path):
    evidence = facts(tmp_path / "f.ndjson", {}, {"personal": None}, {"to": "DE"})
    report = markdown.render(check([evidence], packs=[str(pack(tmp_path))]))

    assert "| pack | breach of law | not known |\n|---|--:|--:|\n| A law made for tests (made) | 1 | 1 |\n" in report


def test_findings_that_are_not_listed_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "MOST_FINDINGS", 1)
    evidence = facts(tmp_path / "f.ndjson", {"host": "a.example"}, {"host": "b.example"})

    assert "2 findings in all, 1 of them listed. " in markdown.render(check([evidence], packs=[str(pack(tmp_path))]))
