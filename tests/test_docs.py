"""The documentation tells what is so: generated pages are fresh, commands end as told, links lead somewhere."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "scripts"))

from build_docs import pages  # noqa: E402
from docs_pages import PageError, walk, walked_pages  # noqa: E402

MADE = pages()
OURS = ("docs", "examples", "src", "tests", "bench")
WRITTEN = sorted([*ROOT.glob("*.md"), *(page for folder in OURS for page in (ROOT / folder).rglob("*.md"))])


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", MADE, ids=name)
def test_a_page_is_what_the_code_says_now(page: Path):
    assert page.exists(), "run make docs"
    if page.read_text(encoding="utf-8") != (made := MADE[page]()):
        assert page.read_text(encoding="utf-8").splitlines() == made.splitlines(), "run make docs"


def test_the_picture_asks_nobody_for_anything():
    picture = (ROOT / "docs" / "report.svg").read_text(encoding="utf-8")

    assert re.findall(r"https?://[^\"']+|url\([^#]|@import|@font-face", picture) == ["http://www.w3.org/2000/svg"]


def test_every_page_to_follow_by_hand_is_walked():
    assert {"README.md", "docs/tutorial/first-judgement.md", "docs/how-to/use-in-ci.md"} <= set(
        map(name, walked_pages())
    )


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ("$ comity check examples/lumen/app.har\n$ echo $?\n1", "the exit code is 0"),
        ("$ comity check examples/lumen/app.har --nonsense", "ends with 2"),
        ("$ comity check mine.har --nonsense", "ends with 2"),
        ("$ comity packs no-such-pack", "ends with 2"),
    ],
)
def test_a_page_that_tells_what_is_not_so_is_refused(block: str, why: str, tmp_path: Path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text(f"```console\n{block}\n```\n", encoding="utf-8")
    monkeypatch.setattr("docs_pages.ROOT", tmp_path)
    (tmp_path / "examples" / "lumen").mkdir(parents=True)
    evidence = (ROOT / "examples" / "lumen" / "app.har").read_bytes()
    (tmp_path / "examples" / "lumen" / "app.har").write_bytes(evidence)

    with pytest.raises(PageError, match=why):
        walk(page)


def test_the_readme_names_the_table_of_addresses_that_is_shipped():
    about = json.loads((ROOT / "src/comity/enrich/places.json").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    versions = set(re.findall(r"\d+\.\d+\.\d+", about["source"]))
    assert versions == set(re.findall(r"version (\d+\.\d+\.\d+)", readme))
    assert all(giver in readme for giver in ("routeviews.org", "https://db-ip.com", "nro.net"))


@pytest.mark.parametrize("page", WRITTEN, ids=name)
def test_relative_links_lead_somewhere(page: Path):
    broken = [target for target in links(page) if not leads(page, target)]

    assert not broken


def links(page: Path) -> Iterator[str]:
    """Targets of links and pictures, those to other sites left out."""
    for token in flat(MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))):
        target = token.attrGet("href" if token.type == "link_open" else "src")
        if token.type in ("link_open", "image") and target and not re.match(r"[a-z]+:", str(target)):
            yield str(target)


def leads(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    to = (page.parent / path) if path else page
    return to.exists() and (not anchor or anchor in anchors(to))


def anchors(page: Path) -> set[str]:
    """Headings as GitHub names them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])
