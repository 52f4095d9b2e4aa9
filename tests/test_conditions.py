"""What a duty or an exception lacks, in words: shape by shape, in every language, for all that rules ask."""

from __future__ import annotations

import re

import pytest
from running import LUMEN

from comity.checking import check
from comity.law.packs import load_law, shipped_packs
from comity.report import condition_words
from comity.report.conditions import code, in_words, titles
from comity.report.languages import Language
from comity.report.telling import tell

SHAPES = {
    '"bcr" in flow.safeguards': "safeguards agreed: `bcr`",
    '!("bcr" in flow.safeguards)': "safeguards agreed: not `bcr`",
    'flow.purpose == "travel"': "DPV purpose: `travel`",
    'flow.purpose != "travel"': "DPV purpose: not `travel`",
    'flow.recipient.role in ["a", "b", "c"]': "kind of party (recipient): `a`, `b` or `c`",
    '!(flow.recipient.role in ["a", "b"])': "kind of party (recipient): not `a` and not `b`",
    "flow.to in EU_ADEQUATE": "jurisdiction where it arrives: on the list `EU_ADEQUATE`",
    "!(flow.to in EU_ADEQUATE)": "jurisdiction where it arrives: not on the list `EU_ADEQUATE`",
    "flow.people < 10000": "how many people it concerns: less than 10,000",
    "!(flow.people < 10000)": "how many people it concerns: at least 10,000",
    "10000 >= flow.people": "how many people it concerns: at most 10,000",
    "component.vulnerabilities == 0": "vulnerabilities known and open: 0",
    "flow.personal": "personal data: yes",
    "!(flow.personal)": "personal data: no",
    "flow.personal == false": "personal data: no",
    "flow.via.exists(v, v == 1 || v == 2)": "AS numbers passed on the way: 1 or 2",
    'flow.data.exists(d, d == "A" || d == "B")': "categories of data: `A` or `B`",
    'flow.data.exists(d, d != "A")': "categories of data: at least one not `A`",
    '!(flow.data.exists(d, d in ["A", "B"]))': "categories of data: not `A` and not `B`",
    "flow.safeguards.exists(s, s in AGREED)": "safeguards agreed: at least one on the list `AGREED`",
    "!(flow.safeguards.exists(s, s in AGREED))": "safeguards agreed: none on the list `AGREED`",
    'flow.safeguards.exists(s, s.startsWith("scc"))': "safeguards agreed: at least one beginning with `scc`",
    'flow.data.all(d, d == "A")': "categories of data: each `A`",
    '!(flow.data.all(d, d == "A"))': "categories of data: at least one not `A`",
    "size(flow.crosses) == 0": "barriers it crosses not through a gate: none",
    "!(size(flow.crosses) == 0)": "barriers it crosses not through a gate: at least one",
    "size(flow.crosses) > 2": "barriers it crosses not through a gate, how many: more than 2",
    'component.grounds != ["origin"]': "reasons given for the exclusion: not only `origin`",
    "request.by in request.holder.seat": (
        "demanding jurisdiction: among “jurisdictions where it is organised or has its principal place of business"
        " (holder)”"
    ),
    'flow.filed < timestamp("2026-01-01T00:00:00+07:00")': (
        "when the assessment, contract or notice that the law asks for reached the authority:"
        " before `2026-01-01T00:00:00+07:00`"
    ),
    "advisory.published <= advisory.aware": "published: not after “known to the maker”",
    "ONE_STATE.exists(s, s.contains(flow.from) && s.contains(flow.to))": (
        "jurisdiction where the data leaves: in one entry of the list `ONE_STATE` with “jurisdiction where it arrives”"
    ),
    '(request.by + ">US/eio") in CHANNELS': "the list `CHANNELS` has “demanding jurisdiction” + `>US/eio`",
    'request.data_in.all(p, p == request.by || request.by == "EU" && p in EU)': (
        "jurisdictions where the data is: for each: (it: the same as “demanding jurisdiction”;"
        " or (demanding jurisdiction: `EU`; and it: on the list `EU`))"
    ),
    "clock.made": "“In time”: yes",
    "tally.made <= 50": "“Parts alike”: at most 50",
    "flow.data.exists(d, d in SECRET)": "categories of data: at least one in the category “Secret data”",
    '("a" in flow.safeguards or "b" in flow.safeguards and flow.personal)': (
        "safeguards agreed: `a`; or (safeguards agreed: `b`; and personal data: yes)"
    ),
    '("a" in flow.safeguards or "b" in flow.safeguards) and !(flow.personal)': (
        "safeguards agreed: `a` or `b`; and personal data: no"
    ),
    'flow.purpose == "this or that and (more)"': "DPV purpose: `this or that and (more)`",
    "": "",
    # There are no words for these.
    'flow.personal ? flow.to == "A" : flow.public': '`flow.personal ? flow.to == "A" : flow.public`',
    "flow.unheard and flow.personal": "`flow.unheard`; and personal data: yes",
    "!(flow.data.exists(d, d.odd(1)))": "`!(flow.data.exists(d, d.odd(1)))`",
    "flow.data.exists(d, flow.data.exists(e, e != d))": "`flow.data.exists(d, flow.data.exists(e, e != d))`",
    "((": "`((`",
    "(" * 5000: code("(" * 5000),
}

TITLES = {"clock.made": "In time", "tally.made": "Parts alike", "SECRET": "Secret data"}


@pytest.mark.parametrize(("needs", "words"), SHAPES.items())
def test_a_shape_is_worded(needs: str, words: str) -> None:
    assert in_words(needs, title=TITLES.get) == words


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("ru", "согласованные гарантии: `a` или `b`; и сколько людей это затрагивает: не более 10 000"),
        ("vi", "các biện pháp bảo vệ đã thỏa thuận: `a` hoặc `b`; và số người liên quan: nhiều nhất 10.000"),
        ("zh-Hans", "约定的保障措施：`a`或`b`；且涉及的人数：至多10,000"),
    ],
)
def test_other_languages_have_their_words(tag: str, words: str) -> None:
    language = Language(tag)
    needs = '("a" in flow.safeguards or "b" in flow.safeguards) and flow.people <= 10000'
    assert in_words(needs, language.say, language.number).replace("\xa0", " ") == words
    for pattern in condition_words.WORDS:
        assert set(re.findall(r"\{\w+\}", language.say(pattern))) == set(re.findall(r"\{\w+\}", pattern)), pattern


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "a`b`c", "{what}{0}", "\u202e\x1b[31m", "%(n)s"])
def test_a_hostile_value_stays_text(value: str) -> None:
    words = in_words(f'flow.purpose == "{value}"')
    assert words.startswith("DPV purpose: `")
    assert words.count("`") == 2
    assert words.isprintable()


def test_what_shipped_rules_ask_is_told_without_code() -> None:
    law = load_law(shipped_packs())
    rules = [rule for pack in law.packs for each in pack.rules for rule in each.with_exceptions()]
    texts = {atom.text for rule in rules for atom in rule.atoms()}
    title = titles(law)
    worded = [in_words(each, title=title) != code(each) for each in texts]
    assert sum(worded) >= 0.99 * len(worded)


def test_all_that_lumen_lacks_is_worded() -> None:
    judgement = check([LUMEN])
    language = Language("zh-Hans")
    found = [tell(judgement, finding) for finding in judgement.findings]
    needs = [(told.finding.needs, told) for told in found] + [(way.needs, way) for told in found for way in told.ways]
    for text, told in needs:
        assert bool(told.in_words()) is bool(told.in_words(language)) is bool(text)
        assert told.in_words() != code(text) or not text
