"""The rule catalogue `docs/law` says what the packs say, leads somewhere with every link, and builds as a site."""

import functools
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from test_docs import links

from comity.law.model import Pack, Rule
from comity.law.packs import load_law

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "scripts"))

import build_law  # noqa: E402
from law_code import ROOM, laid_out  # noqa: E402
from law_matrix import QUESTIONS, at_some_time, question, shape  # noqa: E402
from law_text import FOLDER, catalogue, jurisdiction, plain, slug, source, trust  # noqa: E402

MADE = build_law.pages()
LAW = load_law()


def text(name: str) -> str:
    return MADE[FOLDER / f"{name}.md"]


@functools.cache
def anchors(page: str) -> Counter[str]:
    """The anchors of a page, by how many headings have each."""
    return Counter(slug(heading) for heading in re.findall(r"(?m)^#+ (.+)$", text(page)))


@pytest.mark.parametrize("page", MADE, ids=lambda path: path.stem)
def test_a_page_is_what_the_packs_say_now(page: Path):
    assert page.exists(), "run make docs"
    if page.read_text(encoding="utf-8") != MADE[page]:
        assert page.read_text(encoding="utf-8").splitlines() == MADE[page].splitlines(), "run make docs"


def test_no_page_stays_behind_when_its_pack_goes():
    assert set(FOLDER.glob("*.md")) == set(MADE), "run make docs"


@pytest.mark.parametrize("pack", LAW.packs, ids=lambda pack: pack.id)
def test_a_pack_is_told_whole(pack: Pack):
    page, found = text(pack.id), anchors(pack.id)
    headings = [catalogue(LAW).heading(rule) for rule in pack.rules]

    assert page.startswith(f"# {pack.title}\n")
    assert all(f"| {key} | " in page for key in ("id", "issuer", "force", "binds", "adopted", "in force", "sources"))
    assert len(set(headings)) == len(pack.rules)
    assert all(found[slug(heading)] == 1 for heading in headings)
    assert {slug(f"{pack.id} {rule.id}") for rule in pack.rules} <= set(found)
    assert all(f"| {plain(example.title)} | " in page for example in pack.examples)
    assert all(slug(f"{pack.id} {duty.id}") in found for duty in pack.unshown)
    assert all(slug(category.name) in found for category in pack.categories)
    assert all(slug(f"tally {tally.name}") in found for tally in pack.tallies)
    assert all(slug(f"clock {clock.name}") in found for clock in pack.clocks)


@pytest.mark.parametrize("pack", LAW.packs, ids=lambda pack: pack.id)
def test_the_prose_of_a_pack_is_carried_over(pack: Pack):
    written = pack.text.split("\n---\n", 1)[1].split("\n## Titles in other languages\n")[0]
    body = re.sub(r"(?ms)^```\w+\n.*?^```$", "", written)
    lines = [line for line in body.splitlines() if line.strip() and not line.startswith("# ")]
    told = {re.sub(r"\[(`[^`]+`)\]\([^)]+\)", r"\1", line) for line in text(pack.id).splitlines()}

    assert not [line for line in lines if line not in told]


@pytest.mark.parametrize("page", MADE, ids=lambda path: path.stem)
def test_every_link_inside_the_catalogue_resolves(page: Path):
    broken = []
    for target in dict.fromkeys(links(page)):
        name, _, anchor = target.partition("#")
        to = name.removesuffix(".md") or page.stem
        if FOLDER / f"{to}.md" not in MADE or (anchor and not anchors(to)[anchor]):
            broken.append(target)

    assert not broken


def rows(page: str) -> dict[str, list[str]]:
    """The first table of a page: its cells by the code in the first one."""
    lines = [line for line in text(page).partition("\n## ")[0].splitlines() if line.startswith("| [**")]
    return {re.findall(r"\*\*(\w+)\*\*", line)[0]: line.strip("| ").split(" | ")[1:] for line in lines}


def test_the_matrix_has_a_row_for_each_jurisdiction_with_law():
    law = [pack for pack in LAW.packs if pack.force == "law"]

    assert set(rows("matrix")) == {code for pack in law for code in pack.jurisdictions}
    assert all(len(cells) == len(QUESTIONS) for cells in rows("matrix").values())


def test_a_cell_names_every_rule_that_answers_and_no_other():
    headings = catalogue(LAW)
    for code, cells in rows("matrix").items():
        for key, cell in zip(QUESTIONS, cells, strict=True):
            packs = [pack for pack in LAW.packs if pack.force == "law" and code in pack.jurisdictions]
            answer = [rule for pack in packs for rule in pack.duties() if question(rule) == key]

            assert set(re.findall(r"\(\S+\.md#([\w-]+)\)", cell)) == {slug(headings.heading(r)) for r in answer}
            assert bool(answer) != ("no rule in these packs" in cell), (code, key)
            assert all(str(rule.period.start or "at any time") in cell for rule in answer)


@pytest.mark.parametrize("rule", [r for p in LAW.packs for r in p.duties() if question(r)], ids=lambda rule: rule.id)
def test_the_shape_of_a_rule_is_told_as_it_is(rule: Rule):
    permissions = {e.id for e in at_some_time(rule, rule.permissions())}
    exemptions = {e.id for e in at_some_time(rule, rule.exemptions())}

    assert ("its condition" in shape(rule)) == (rule.duty is not None)
    assert ("permission" in shape(rule)) == bool(permissions)
    assert ("exemption" in shape(rule)) == bool(exemptions)
    assert len(permissions) < 2 or f"one of {len(permissions)} permissions" in shape(rule)


def test_every_jurisdiction_is_named():
    assert all(jurisdiction(code) != code for pack in LAW.packs for code in pack.jurisdictions)


def test_categories_tell_what_each_law_calls_a_piece_of_data():
    told = {term: row for row in text("categories").splitlines() for term in re.findall(r"`(\w+)`", row)}

    assert set(told) == {name for pack in LAW.packs for category in pack.categories for name in category.members}
    assert all(
        f"{pack.id}.md#{slug(category.name)}" in told[name]
        for pack in LAW.packs
        for category in pack.categories
        for name in category.members
    )


def test_a_source_is_told_with_its_tag_and_what_the_tag_means():
    told = source("https://www.example.org/a(1).md (article 2) [V 2021-06]; days by hand [K]")

    assert told == "[example.org/a(1).md](<https://www.example.org/a(1).md>) (article 2) [V 2021-06]; days by hand [K]"
    assert trust("x [V 2021-06]") == "read again in the source, as it stood in June 2021"
    assert trust("x [V 2023]") == "read again in the source, as it stood in 2023"
    assert trust("x [V]") == "read again in the source"
    assert trust("x [K]") == "taken from knowledge of a stable text, not read again"
    assert trust("Act, article 1") == ""


EXPRESSIONS = [text for p in LAW.packs for r in p.rules for text in (r.when_text, r.duty_text) if text]


def test_laid_out_code_says_the_same_in_lines_that_fit():
    for expression in EXPRESSIONS:
        lines = laid_out(" ".join(expression.split()))

        assert "".join("".join(lines).split()) == "".join(expression.split())
        assert max(map(len, lines)) <= ROOM


def test_connectives_stand_in_front_of_what_they_join():
    long = " && ".join(f'flow.purpose != "&& {letter * 30}"' for letter in "abc")

    assert laid_out(f"({long}) || flow.personal") == [
        "   (",
        f'        flow.purpose != "&& {"a" * 30}"',
        f'     && flow.purpose != "&& {"b" * 30}"',
        f'     && flow.purpose != "&& {"c" * 30}"',
        "   )",
        "|| flow.personal",
    ]


def test_a_long_list_fills_its_lines():
    codes = ", ".join(f'"{letter * 20}"' for letter in "abcdef")

    assert laid_out(f"flow.purpose in [{codes}]") == [
        "flow.purpose in [",
        f'  "{"a" * 20}", "{"b" * 20}", "{"c" * 20}",',
        f'  "{"d" * 20}", "{"e" * 20}", "{"f" * 20}"',
        "]",
    ]


def test_the_site_has_colours_for_all_code_in_the_pages():
    sys.path.append(str(ROOT / "docs"))
    from conf import CelLexer
    from pygments.token import Error

    blocks = [
        token.content
        for page in MADE.values()
        for token in MarkdownIt("commonmark").parse(page)
        if token.type == "fence" and token.info == "cel"
    ]

    assert len(blocks) > len(EXPRESSIONS) / 2
    assert not [block for block in blocks if any(kind is Error for kind, _ in CelLexer().get_tokens(block))]


def test_the_site_builds_without_warnings(tmp_path: Path):
    """Reads every page and resolves every reference; `make site` writes the HTML besides, which takes twice as long."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "dummy", "-c", "docs", "docs/law"]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
