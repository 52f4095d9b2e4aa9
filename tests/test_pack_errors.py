"""Every mistake in a pack or a set stops it from loading, with its place and the nearest name that exists."""

# ruff: noqa: E501 - messages stand as users read them

from pathlib import Path

import pytest
from judging import FRONT, write_pack
from running import facts

from comity.errors import PackError
from comity.law.packs import load_law

#: A rule that is right.
RULE = """\
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```
"""

#: What is wrong, the body of the pack (its first line is line 16), and all that a user reads.
MISTAKES = [
    (
        "translation of what is no title",
        RULE
        + """
## Titles in other languages

```titles
language: vi
titles:
  "Nothing leaves": "Không gì được chuyển đi"
  "Nothing comes": "Không gì được chuyển đến"
```
""",
        """
error[pack]: `Nothing comes` is no title of the pack (under `Titles in other languages`)
  --> made.md:27:1
   | titles:
   | ^^^^^^
help: did you mean `Nothing leaves`?
""",
    ),
    (
        "unknown attribute",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal && flow.form == 'DE'
```
""",
        """
error[pack]: unknown attribute `flow.form`
  --> made.md:20:24
   | when: flow.personal && flow.form == 'DE'
   |                        ^^^^^^^^^
help: did you mean `flow.from`?
""",
    ),
    (
        "unknown attribute on a later line",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: |
  flow.personal
  && flow.frm == 'DE'
```
""",
        """
error[pack]: unknown attribute `flow.frm`
  --> made.md:22:6
   |   && flow.frm == 'DE'
   |      ^^^^^^^^
help: did you mean `flow.from`?
""",
    ),
    (
        "unknown set",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.from in EAE
```
""",
        """
error[pack]: unknown set `EAE`
  --> made.md:20:20
   | when: flow.from in EAE
   |                    ^^^
help: did you mean `EEA`?
""",
    ),
    (
        "type error",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal == 'DE'
```
""",
        """
error[pack]: found no matching overload for '_==_' applied to '(bool, string)'
  --> made.md:20:21
   | when: flow.personal == 'DE'
   |                     ^
""",
    ),
    (
        "no truth value",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.from
```
""",
        """
error[pack]: a rule's expression must be true or false, this one is string
  --> made.md:20:7
   | when: flow.from
   |       ^^^^^^^^^
""",
    ),
    (
        "syntax error",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal &&
```
""",
        """
error[pack]: syntax error: mismatched input '<EOF>'
  --> made.md:20:23
   | when: flow.personal &&
   |                       ^
""",
    ),
    (
        "indexing",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.data[0] == 'EmailAddress'
```
""",
        """
error[pack]: `[_]` is outside what rules may use
  --> made.md:20:16
   | when: flow.data[0] == 'EmailAddress'
   |                ^
help: rules may use && || ! ?: == != < <= > >= in, exists, all, size, startsWith, endsWith, contains, + of texts
""",
    ),
    (
        "arithmetic",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.people + 1 > 3
```
""",
        """
error[pack]: `+` joins texts only: no arithmetic
  --> made.md:20:19
   | when: flow.people + 1 > 3
   |                   ^
help: rules may use && || ! ?: == != < <= > >= in, exists, all, size, startsWith, endsWith, contains, + of texts
""",
    ),
    (
        "has()",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: has(flow.from)
```
""",
        """
error[pack]: a rule's expression must be true or false, this one is string
  --> made.md:20:7
   | when: has(flow.from)
   |       ^^^^^^^^^^^^^^
""",
    ),
    (
        "a function that can fail",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.host.matches('(a')
```
""",
        """
error[pack]: `matches` is outside what rules may use
  --> made.md:20:24
   | when: flow.host.matches('(a')
   |                        ^
help: rules may use && || ! ?: == != < <= > >= in, exists, all, size, startsWith, endsWith, contains, + of texts
""",
    ),
    (
        "a time in an expression",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.at > timestamp("2020-01-01T00:00:00Z")
```
""",
        """
error[pack]: `flow.at` can't be compared: dates belong in `from` and `until`
  --> made.md:20:11
   | when: flow.at > timestamp("2020-01-01T00:00:00Z")
   |           ^
help: rules may use && || ! ?: == != < <= > >= in, exists, all, size, startsWith, endsWith, contains, + of texts
""",
    ),
    (
        "an attribute of another kind",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal && request.purpose == 'x'
```
""",
        """
error[pack]: a rule about `flow` can't read `request.purpose` (under `Article 1 — Nothing leaves`)
  --> made.md:20:1
   | when: flow.personal && request.purpose == 'x'
   | ^^^^
""",
    ),
    (
        "unknown kind",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flwo
when: flow.personal
```
""",
        """
error[pack]: `about` must be one of `flow`, `path`, `store`, `request`, `product`, `component`, `advisory`, `measure`, not `flwo` (under `Article 1 — Nothing leaves`)
  --> made.md:19:1
   | about: flwo
   | ^^^^^
""",
    ),
    (
        "unknown key",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
abut: flow
when: flow.personal
```
""",
        """
error[pack]: unknown key `abut` (under `Article 1 — Nothing leaves`)
  --> made.md:19:1
   | abut: flow
   | ^^^^
help: did you mean `about`?
""",
    ),
    (
        "no id",
        """
## Article 1 — Nothing leaves

```rule
about: flow
when: flow.personal
```
""",
        """
error[pack]: a rule needs `id` (under `Article 1 — Nothing leaves`)
  --> made.md:18
""",
    ),
    (
        "no when",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
```
""",
        """
error[pack]: a rule needs `when` (under `Article 1 — Nothing leaves`)
  --> made.md:18
""",
    ),
    (
        "key given twice",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
when: flow.sensitive
```
""",
        """
error[pack]: `when` is given twice (under `Article 1 — Nothing leaves`)
  --> made.md:20:1
   | when: flow.personal
   | ^^^^
""",
    ),
    (
        "key given twice, once in quotes",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
'when': flow.sensitive
```
""",
        """
error[pack]: `when` is given twice (under `Article 1 — Nothing leaves`)
  --> made.md:20:1
   | when: flow.personal
   | ^^^^
""",
    ),
    (
        "an expression that YAML reads as a tag",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: !(flow.personal)
```
""",
        """
error[pack]: `when` begins with a mark that YAML reads as a tag (under `Article 1 — Nothing leaves`)
  --> made.md:20:1
   | when: !(flow.personal)
   | ^^^^
help: quote it: '…'
""",
    ),
    (
        "an expression that YAML can't read",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal ? true : false
```
""",
        """
error[pack]: mapping values are not allowed in this context
  --> made.md:20
   | when: flow.personal ? true : false
help: quote expressions that hold `: `, or begin with `!` or `"`
""",
    ),
    (
        "no mapping",
        """
## Article 1 — Nothing leaves

```rule
personal data stays
```
""",
        """
error[pack]: a rule is written as `key: value` lines (under `Article 1 — Nothing leaves`)
  --> made.md:18
""",
    ),
    (
        "bad date",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
from: 1.1.2020
```
""",
        """
error[pack]: `from` must be a day such as 2018-05-25, not `1.1.2020` (under `Article 1 — Nothing leaves`)
  --> made.md:21:1
   | from: 1.1.2020
   | ^^^^
""",
    ),
    (
        "until before from",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
from: 2020-01-01
until: 2019-01-01
```
""",
        """
error[pack]: `until` 2019-01-01 must come after `from` 2020-01-01 (under `Article 1 — Nothing leaves`)
  --> made.md:22:1
   | until: 2019-01-01
   | ^^^^^
""",
    ),
    (
        "bad strength",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
strength: shall
```
""",
        """
error[pack]: `strength` must be one of `must`, `should`, not `shall` (under `Article 1 — Nothing leaves`)
  --> made.md:21:1
   | strength: shall
   | ^^^^^^^^
""",
    ),
    (
        "excepts nothing",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```
## Article 1 — Nothing leaves

```rule
id: art-2
excepts: art-11
when: flow.sensitive
```
""",
        """
error[pack]: `art-2` excepts `art-11`, which no rule about `flow` is called
  --> made.md:25
help: did you mean `art-1`?
""",
    ),
    (
        "an exception to itself",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
excepts: art-1
when: flow.personal
```
""",
        """
error[pack]: `art-1` is an exception to itself
  --> made.md:18
""",
    ),
    (
        "exceptions in a circle",
        """
## Article 1 — Nothing leaves

```rule
id: a
about: flow
excepts: b
when: flow.personal
```
## Article 1 — Nothing leaves

```rule
id: b
excepts: c
when: flow.personal
```
## Article 1 — Nothing leaves

```rule
id: c
excepts: a
when: flow.personal
```
""",
        """
error[pack]: `a` is an exception to itself
  --> made.md:18
""",
    ),
    (
        "a duty on an exception",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```
## Article 1 — Nothing leaves

```rule
id: art-2
excepts: art-1
when: flow.personal
duty: flow.sensitive
```
""",
        """
error[pack]: an exception has no `duty`: put all its conditions into `when` (under `Article 1 — Nothing leaves`)
  --> made.md:28:1
   | duty: flow.sensitive
   | ^^^^
""",
    ),
    (
        "an effect without excepts",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
effect: permits
```
""",
        """
error[pack]: `effect` belongs to exceptions: say what the rule `excepts` (under `Article 1 — Nothing leaves`)
  --> made.md:21:1
   | effect: permits
   | ^^^^^^
""",
    ),
    (
        "two rules of one id",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```
""",
        """
error[pack]: two rules have the id `art-1` at the same time
  --> made.md:25
help: the other stands at made.md:18
""",
    ),
    (
        "example with an unknown rule",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```example
title: home
flow: {from: DE}
expect: {art-2: breach}
```
""",
        """
error[pack]: no rule `art-2` about `flow` is judged (under `Article 1 — Nothing leaves`)
  --> made.md:26:1
   | expect: {art-2: breach}
   | ^^^^^^
help: did you mean `art-1`?
""",
    ),
    (
        "example with an unknown verdict",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```example
title: home
flow: {from: DE}
expect: {art-1: broken}
```
""",
        """
error[pack]: `broken` is no verdict: `breach`, `unknown`, `kept`, `out-of-scope` (under `Article 1 — Nothing leaves`)
  --> made.md:26:1
   | expect: {art-1: broken}
   | ^^^^^^
""",
    ),
    (
        "example with an unknown attribute",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```example
title: home
flow: {frm: DE}
expect: {art-1: breach}
```
""",
        """
error[pack]: unknown attribute `flow.frm` (under `Article 1 — Nothing leaves`)
  --> made.md:25:1
   | flow: {frm: DE}
   | ^^^^
help: did you mean `flow.from`?
""",
    ),
    (
        "example with a wrong type",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```example
title: home
flow: {personal: DE}
expect: {art-1: breach}
```
""",
        """
error[pack]: `flow.personal` must be bool, not `DE` (under `Article 1 — Nothing leaves`)
  --> made.md:25:1
   | flow: {personal: DE}
   | ^^^^
""",
    ),
    (
        "example with a wrong type in a list",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```example
title: home
flow: {data: [1]}
expect: {art-1: breach}
```
""",
        """
error[pack]: `flow.data` must be [string], not `[1]` (under `Article 1 — Nothing leaves`)
  --> made.md:25:1
   | flow: {data: [1]}
   | ^^^^
""",
    ),
    (
        "example with a time without offset",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```example
title: home
flow: {at: 2020-01-01T00:00:00}
expect: {art-1: breach}
```
""",
        """
error[pack]: `at` must be a time with its offset from UTC, or a day, not `2020-01-01T00:00:00` (under `Article 1 — Nothing leaves`)
  --> made.md:25:1
   | flow: {at: 2020-01-01T00:00:00}
   | ^^^^
help: such as 2020-07-16T00:00:00+02:00
""",
    ),
    (
        "example without a title",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```example
flow: {from: DE}
expect: {art-1: breach}
```
""",
        """
error[pack]: an example needs `title` (under `Article 1 — Nothing leaves`)
  --> made.md:24
""",
    ),
    (
        "example without a fact",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```example
title: home
expect: {art-1: breach}
```
""",
        """
error[pack]: an example states a fact: one of `flow`, `path`, `store`, `request`, `product`, `component`, `advisory`, `measure` (under `Article 1 — Nothing leaves`)
  --> made.md:24
""",
    ),
    (
        "example that expects nothing",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```example
title: home
flow: {from: DE}
```
""",
        """
error[pack]: an example has a fact and `expect: {rule: verdict}` (under `Article 1 — Nothing leaves`)
  --> made.md:24
""",
    ),
    (
        "presumption of an unknown attribute",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```presume
presume: {flow.imprtant: false}
cites: Article 2
```
""",
        """
error[pack]: unknown attribute `flow.imprtant` (under `Article 1 — Nothing leaves`)
  --> made.md:24:1
   | presume: {flow.imprtant: false}
   | ^^^^^^^
help: did you mean `flow.important`?
""",
    ),
    (
        "presumption that cites nothing",
        """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

```presume
presume: {flow.important: false}
```
""",
        """
error[pack]: a presume needs `cites` (under `Article 1 — Nothing leaves`)
  --> made.md:24
""",
    ),
]

#: What is wrong, what of the front matter is replaced and by what, and all that a user reads.
FRONT_MISTAKES = [
    (
        "bad zone",
        "Europe/Brussels",
        "Europe/Brusels",
        """
error[pack]: unknown time zone `Europe/Brusels`
  --> made.md:8:1
   | zone: Europe/Brusels
   | ^^^^
help: such as `Europe/Brussels`
""",
    ),
    (
        "a zone that is a folder",
        "Europe/Brussels",
        "Europe",
        """
error[pack]: unknown time zone `Europe`
  --> made.md:8:1
   | zone: Europe
   | ^^^^
help: such as `Europe/Brussels`
""",
    ),
    (
        "bad force",
        "force: law",
        "force: strong",
        """
error[pack]: `force` must be one of `law`, `commitment`, not `strong`
  --> made.md:5:1
   | force: strong
   | ^^^^^
""",
    ),
    (
        "unknown key",
        "issuer: EU",
        "isuer: EU",
        """
error[pack]: unknown key `isuer`
  --> made.md:4:1
   | isuer: EU
   | ^^^^^
help: did you mean `issuer`?
""",
    ),
    (
        "missing key",
        "issuer: EU\n",
        "",
        """
error[pack]: a front matter needs `issuer`
  --> made.md:2
""",
    ),
    (
        "bad date",
        "2018-05-25",
        "25 May",
        """
error[pack]: `from` must be a day such as 2018-05-25, not `25 May`
  --> made.md:7:1
   | from: 25 May
   | ^^^^
""",
    ),
    (
        "bad YAML",
        "title: A law",
        "title: A: law",
        """
error[pack]: mapping values are not allowed in this context
  --> made.md:3
   | title: A: law made for tests
help: quote expressions that hold `: `, or begin with `!` or `"`
""",
    ),
    (
        "no front matter",
        "---\n",
        "",
        """
error[pack]: a pack begins with front matter between two lines of `---`
  --> made.md:1
""",
    ),
]

#: What is wrong, the set, and all that a user reads.
SET_MISTAKES = [
    (
        "wrong header",
        "state,from,until,scope,source\nDE,,,whole,https://example.org\n",
        """
error[set]: the columns must be `from`, `until`, `scope`, `source` after one of `jurisdiction`, `party`, `pair`, `code`, `network`
  --> sets/safe-places.csv:1
   | state,from,until,scope,source
""",
    ),
    (
        "no header",
        "",
        """
error[set]: the columns must be `from`, `until`, `scope`, `source` after one of `jurisdiction`, `party`, `pair`, `code`, `network`
  --> sets/safe-places.csv:1
""",
    ),
    (
        "too few cells",
        "jurisdiction,from,until,scope,source\nDE,,whole,https://example.org\n",
        """
error[set]: a row must have 5 columns, not 4
  --> sets/safe-places.csv:2
   | DE,,whole,https://example.org
""",
    ),
    (
        "too many cells",
        "jurisdiction,from,until,scope,source\nDE,,,whole,https://example.org,more\n",
        """
error[set]: a row must have 5 columns, not 6
  --> sets/safe-places.csv:2
   | DE,,,whole,https://example.org,more
""",
    ),
    (
        "bad day",
        "jurisdiction,from,until,scope,source\nDE,,,whole,https://example.org\nFR,1.1.2020,,whole,https://example.org\n",
        """
error[set]: `1.1.2020` is no day
  --> sets/safe-places.csv:3
   | FR,1.1.2020,,whole,https://example.org
help: days are written as 2023-07-10
""",
    ),
    (
        "no source",
        "jurisdiction,from,until,scope,source\nDE,,,whole,\n",
        """
error[set]: every row names its source
  --> sets/safe-places.csv:2
   | DE,,,whole,
""",
    ),
    (
        "no member",
        "jurisdiction,from,until,scope,source\n,,,whole,https://example.org\n",
        """
error[set]: a row must have a `jurisdiction`
  --> sets/safe-places.csv:2
   | ,,,whole,https://example.org
""",
    ),
    (
        "until before from",
        "jurisdiction,from,until,scope,source\nDE,2021-01-01,2020-01-01,whole,https://example.org\n",
        """
error[set]: `until` 2020-01-01 must come after `from` 2021-01-01
  --> sets/safe-places.csv:2
   | DE,2021-01-01,2020-01-01,whole,https://example.org
""",
    ),
    (
        "no AS number",
        "network,from,until,scope,source\nASx,,,whole,https://example.org\n",
        """
error[set]: `ASx` is no AS number
  --> sets/safe-places.csv:2
   | ASx,,,whole,https://example.org
help: such as AS64500
""",
    ),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def message(path: Path) -> str:
    with pytest.raises(PackError) as raised:
        load_law([str(path)])
    return f"\n{raised.value}\n"


@pytest.mark.parametrize(("body", "told"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_mistake(body, told):
    assert message(write_pack(Path(), body.removeprefix("\n"))) == told


@pytest.mark.parametrize(
    ("right", "wrong", "told"), [case[1:] for case in FRONT_MISTAKES], ids=[case[0] for case in FRONT_MISTAKES]
)
def test_mistake_in_front_matter(right, wrong, told):
    path = Path("made.md")
    path.write_text((FRONT.format(id="made") + RULE).replace(right, wrong))

    assert message(path) == told


@pytest.mark.parametrize(("text", "told"), [case[1:] for case in SET_MISTAKES], ids=[case[0] for case in SET_MISTAKES])
def test_mistake_in_a_set(text, told):
    path = write_pack(Path(), RULE)
    Path("sets/safe-places.csv").write_text(text)

    assert message(path) == told


@pytest.mark.parametrize("name", ["made.md", "sets/safe-places.csv"])
def test_not_utf8(name):
    path = write_pack(Path(), RULE)
    Path(name).write_bytes(b"---\xff\n")

    assert "not UTF-8 text" in message(path)
    assert f"--> {name}" in message(path)


def test_a_byte_order_mark_is_no_mistake():
    path = write_pack(Path(), RULE, sets={"safe-places": "DE,,"})
    for file in (path, Path("sets/safe-places.csv")):
        file.write_text("\ufeff" + file.read_text())

    assert load_law([str(path)]).sets["SAFE_PLACES"].rows[0].member == "DE"


def test_one_id_in_disjoint_periods_is_no_mistake():
    ended, begun = (RULE.replace("when:", f"{side}: 2020-01-01\nwhen:") for side in ("until", "from"))

    assert len(load_law([str(write_pack(Path(), ended + begun))]).packs[0].rules) == 2


def test_one_id_in_periods_that_share_a_day_is_a_mistake():
    ended, begun = (RULE.replace("when:", f"{day}\nwhen:") for day in ("until: 2020-01-02", "from: 2020-01-01"))

    assert "two rules have the id `art-1` at the same time" in message(write_pack(Path(), ended + begun))


def test_the_command_prints_the_mistake_and_judges_nothing(comity):
    path = write_pack(Path(), RULE.replace("flow.personal", "flow.persnal"))
    for run in (comity("check", facts(Path("flows.ndjson")), "--pack", path), comity("packs", "test", path)):
        assert (run.code, run.out) == (2, "")
        assert run.err == (
            "error[pack]: unknown attribute `flow.persnal`\n"
            "  --> made.md:20:7\n"
            "   | when: flow.persnal\n"
            "   |       ^^^^^^^^^^^^\n"
            "help: did you mean `flow.personal`?\n"
        )
