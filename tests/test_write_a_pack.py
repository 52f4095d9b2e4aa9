"""The page on writing packs tells what is so: its packs run, its messages come, its table of keys is whole."""

import dataclasses
import re
from pathlib import Path

import pytest
from judging import write_pack
from running import ROOT

from comity import check
from comity.errors import ComityError, PackError, UsageError
from comity.judge.examples import run_examples
from comity.law import counting, loader
from comity.law.model import VERDICTS, Law, Rule, Total
from comity.law.packs import SHIPPED, load_law
from comity.vocabulary import KINDS

PAGE = (ROOT / "docs" / "how-to" / "write-a-pack.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w+ (\S+)\n(.*?\n)```$", PAGE, re.M | re.S))
PACKS = [name for name in FILES if name.endswith(".md")]

#: What is written wrong in `acme.md`, and the message, as the page tells it.
MISTAKES = [
    ("flow: {from", "flow: {flow.people: 3, from", "unknown attribute `flow.flow.people`"),
    ("in ACME_PROCESSORS", "in ACME_PROCESORS", "unknown set `ACME_PROCESORS`"),
    ("when: flow.same_party", "when: flow.personal ? true : false", "mapping values are not allowed in this context"),
    (
        "when: flow.same_party",
        'when: "dpf" in flow.safeguards',
        "invalid trailing content after double-quoted scalar",
    ),
    (
        "when: flow.same_party",
        "when: !flow.same_party",
        "`when` begins with a mark that YAML reads as a tag",
    ),
    (
        "when: flow.same_party",
        'when: flow.safeguards == "dpf"',
        "found no matching overload for '_==_' applied to '(list(string), string)'",
    ),
    (
        "flow.data.exists(d, d in ACME_STAYS)",
        "flow.data in ACME_STAYS",
        "found no matching overload for '@in' applied to '(list(string), list(string))'",
    ),
    (
        "when: flow.same_party",
        "when: flow.same_party and flow.personal",
        "syntax error: mismatched input 'and' expecting <EOF>",
    ),
    ("about: advisory", "about: flow", "a rule about `flow` can't read `advisory.severity`"),
    ("excepts: stays", "excepts: stay", "`asked` excepts `stay`, which no rule about `flow` is called"),
    ("expect: {agreement", "expect: {our-own", "no rule `our-own` about `flow` is judged"),
    ("flow: {from", "flow: {people: many, from", "`flow.people` must be int, not `many`"),
    ("window: P30D", "window: 30 days", "`30 days` is no span of hours, days, weeks, months or years"),
    ("sources:\n  - Acme, policy on customer data, 3 November 2025\n", "", "a rule needs `source`"),
]

#: The keys of blocks, by how the table at the end of the page calls them.
KEYS = {
    "front matter": loader._FRONT,
    "`rule`": set(loader._RULE) - {"excepts", "effect"},
    "`rule`, exception": set(loader._RULE) & set("id excepts when effect about group from until title cites".split()),
    "`presume`": loader._PRESUME,
    "`tally`, total": counting._TOTAL,
    "`tally`, share": counting._SHARE,
    "`clock`": counting._CLOCK,
    "`category`": counting._CATEGORY,
    "`unshown`": loader._UNSHOWN,
    "`norm`": loader._NORM,
    "`example`": ("title", "tally", "seen", "expect"),
}


@pytest.fixture(autouse=True)
def _written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader's folder, with all files of the page."""
    (tmp_path / "sets").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def change(right: str, wrong: str) -> None:
    """Write something in the policy differently, once."""
    assert right in FILES["acme.md"]
    Path("acme.md").write_text(FILES["acme.md"].replace(right, wrong, 1), encoding="utf-8")


def refused(*packs: str) -> str:
    with pytest.raises(ComityError) as raised:
        load_law(packs)
    return str(raised.value)


def without(rule: Rule, exception: Rule) -> Rule:
    left = (e for e in rule.exceptions if e.place != exception.place)
    return dataclasses.replace(rule, exceptions=tuple(without(e, exception) for e in left))


def fails_without(law: Law, exception: Rule) -> bool:
    """Whether an example needs an exception."""
    (pack,) = law.packs
    rules = tuple(without(rule, exception) for rule in pack.rules)
    changed = dataclasses.replace(law, packs=(dataclasses.replace(pack, rules=rules),))
    return not all(outcome.passed for outcome in run_examples(changed))


def test_the_page_has_two_packs():
    assert PACKS == ["tr-kvkk-9.md", "acme.md"]


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_of_the_page_holds(name):
    outcomes = list(run_examples(load_law([name])))

    assert outcomes
    assert all(outcome.passed for outcome in outcomes)


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_of_the_page_shows_what_step_10_asks_for(name):
    law = load_law([name])
    (pack,) = law.packs
    for duty in pack.duties():
        assert {e.expect[duty.id] for e in pack.examples if duty.id in e.expect} == set(VERDICTS), duty.id
    for exception in (rule for rule in pack.rules if rule.effect):
        assert fails_without(law, exception), exception.id
    for total in (tally for tally in pack.tallies if isinstance(tally, Total)):
        exact = {bounds[0] for e in pack.examples for bounds in e.tallies.values() if bounds[0] == bounds[1]}
        assert all({cut, cut + 1} <= exact for cut in total.cuts)


def test_the_bounds_that_the_page_tells():
    found = {
        (f.rule, f.verdict): f.tallies.get("acme_people") for f in check(["acme.ndjson"], packs=["acme.md"]).findings
    }

    assert found["people", "unknown"] == (700, 1300)
    assert found["people", "breach"] == (1001, 1001)
    assert ("told", "breach") in found


def test_a_fact_without_a_sender_counts_to_every_sender_above():
    known, nobody, *_ = FILES["acme.ndjson"].splitlines()
    nobody = nobody.replace('"sender.name": "Acme", ', "").replace("Karoo Analytics", "Maresol Music")
    known = known.replace("2026-03-02", "2026-03-21")
    Path("two.ndjson").write_text(f"{nobody}\n{known}\n", encoding="utf-8")

    found = {f.facets["recipient"]: f.tallies for f in check(["two.ndjson"], packs=["acme.md"]).findings if f.tallies}
    assert found == {"Karoo Analytics": {"acme_people": (600, 1300)}}


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES, ids=[case[2] for case in MISTAKES])
def test_a_mistake_is_told_as_the_page_says(right, wrong, message):
    change(right, wrong)

    assert refused("acme.md").startswith(f"error[pack]: {message}")
    assert re.search(rf"^\| `+ ?{re.escape(message)} ?`+ \|", PAGE, re.M)


@pytest.mark.parametrize(
    ("packs", "message"),
    [(["acme.md", "other.md"], "two packs have a `tally.acme_people`"), (["acme"], "unknown pack `acme`")],
)
def test_a_mistake_between_packs_is_told_as_the_page_says(packs, message):
    other = FILES["acme.md"].replace("id: acme\n", "id: other\n").replace("ACME_STAYS", "OTHER_STAYS")
    Path("other.md").write_text(other, encoding="utf-8")

    assert refused(*packs).startswith(f"error[pack]: {message}")
    assert f"| ``{message} `` |" in PAGE


def test_the_message_that_is_shown_whole():
    change("flow.recipient.role", "flow.recipient.rol")

    assert f"```text\n{refused('acme.md')}\n```" in PAGE


def test_a_misspelt_kind_of_block_is_told():
    rule = "~~~{kind}\nid: {id}\nabout: flow\ntitle: made\ncites: made\nwhen: flow.personal\n~~~\n"
    path = write_pack(Path(), rule.format(kind="rule", id="one") + rule.format(kind="rle", id="two"))

    with pytest.raises(PackError, match="unknown block `rle`"):
        load_law([str(path)])


def test_a_set_can_not_take_the_place_of_a_shipped_one():
    path = write_pack(Path(), "", id="made", sets={"eea": "KE,,"})

    with pytest.raises(UsageError, match="there are two sets `EEA`"):
        load_law([str(path)])


def test_what_is_quoted_of_a_shipped_pack_stands_there():
    quoted = re.search(r"This one is of `(\S+)`:\n\n((?: {6}.*\n)+)", PAGE)
    assert quoted
    pack = (SHIPPED / f"{quoted[1]}.md").read_text(encoding="utf-8")

    assert re.sub(r"(?m)^ {6}", "", quoted[2]) in pack


def test_the_attributes_of_the_first_step_are_those_of_the_vocabulary():
    rows = re.findall(r"^\| `(\w+)` \| [\w ]+ \| ((?:`[\w.…]+` ?)+)\|$", PAGE, re.M)

    assert [kind for kind, _ in rows] == ["flow", "store", "request", "advisory", "component", "product"]
    for kind, names in rows:
        for attribute in re.findall(r"`([\w.]+)…?`", names):
            assert any(name.startswith(attribute) for name in KINDS[kind].by_name), attribute


def test_the_table_of_keys_is_whole():
    table = PAGE.partition("## All blocks and keys")[2]
    rows = {cells[0]: cells[1] for cells in re.findall(r"^\| (.+?) \| (.+) \|$", table, re.M)}

    assert {name: set(keys) - set(re.findall(r"\w+", rows[name])) for name, keys in KEYS.items()} == {
        name: set() for name in KEYS
    }
