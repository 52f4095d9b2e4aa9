"""Every mistake in a profile is told with its place and with what is allowed; the nearest profile is found."""

# ruff: noqa: E501 - messages stand as users read them

import json
from pathlib import Path

import pytest
from running import facts, pack

from comity.errors import ProfileError
from comity.profile import find_profile, load_profile

#: What is wrong, the file, and all that a user reads.
MISTAKES = [
    (
        "unknown table",
        """
[systm]
name = "api"
""",
        """
error[profile]: unknown table `systm`
  --> comity.toml:1:1
   | [systm]
   | ^^^^^^^
help: did you mean `system`?
""",
    ),
    (
        "unknown table far from any",
        """
[weather]
rain = true
""",
        """
error[profile]: unknown table `weather`
  --> comity.toml:1:1
   | [weather]
   | ^^^^^^^^^
help: known are `party`, `system`, `recipient`, `product`, `supplier`, `barrier`, `persona`
""",
    ),
    (
        "unknown key",
        """
[party]
nmae = "Lumen"
""",
        """
error[profile]: unknown key `nmae`
  --> comity.toml:2:1
   | nmae = "Lumen"
   | ^^^^
help: did you mean `name`?
""",
    ),
    (
        "unknown key far from any",
        """
[[barrier]]
name = "Lumen"
colour = "red"
""",
        """
error[profile]: unknown key `colour`
  --> comity.toml:3:1
   | colour = "red"
   | ^^^^^^
help: known in `barrier` are `name`, `inside`, `outside`, `gates`
""",
    ),
    (
        "unknown key in the second of two tables",
        """
[[system]]
name = "api"

[[system]]
name = "office"
plce = "VN"
""",
        """
error[profile]: unknown key `plce`
  --> comity.toml:6:1
   | plce = "VN"
   | ^^^^
help: did you mean `place`?
""",
    ),
    (
        "text where a list is due",
        """
[party]
name = "Lumen"
seat = "DE"
""",
        """
error[profile]: `seat` must be a list of jurisdiction codes, such as `["DE", "VN"]` (ISO 3166-1 alpha-2, `XK`, `EU`, `EPO`)
  --> comity.toml:3:1
   | seat = "DE"
   | ^^^^
""",
    ),
    (
        "a list that says there may be more",
        """
[[recipient]]
match = ["tracker.example"]
safeguards = ["scc", "…"]
""",
        """
error[profile]: `safeguards` must be a list of all there is: `…` (perhaps more) may stand in `data` only
  --> comity.toml:3:1
   | safeguards = ["scc", "…"]
   | ^^^^^^^^^^
""",
    ),
    (
        "text where true or false is due",
        """
[party]
complete = "yes"
""",
        """
error[profile]: `complete` must be `true` or `false`
  --> comity.toml:2:1
   | complete = "yes"
   | ^^^^^^^^
""",
    ),
    (
        "number where text is due",
        """
[[system]]
name = 7
""",
        """
error[profile]: `name` must be text in quotes
  --> comity.toml:2:1
   | name = 7
   | ^^^^
""",
    ),
    (
        "empty text",
        """
[party]
name = ""
""",
        """
error[profile]: `name` must be text in quotes
  --> comity.toml:2:1
   | name = ""
   | ^^^^
""",
    ),
    (
        "one table where several may be",
        """
[system]
name = "api"
""",
        """
error[profile]: `system` is written as `[[system]]`
  --> comity.toml:1:1
   | [system]
   | ^^^^^^^^
""",
    ),
    (
        "several tables where one may be",
        """
[[party]]
name = "Lumen"
""",
        """
error[profile]: `party` is written as `[party]`
  --> comity.toml:1:1
   | [[party]]
   | ^^^^^^^^^
""",
    ),
    (
        "a value where a table is due",
        """
party = "Lumen"
""",
        """
error[profile]: `party` is written as `[party]`
  --> comity.toml:1:1
   | party = "Lumen"
   | ^^^^^^^^^^^^^^^
""",
    ),
    (
        "no jurisdiction code",
        """
[[system]]
name = "api"
place = "Germany"
""",
        """
error[profile]: `place` must be a jurisdiction code, such as `"DE"` (ISO 3166-1 alpha-2, `XK`, `EU`, `EPO`)
  --> comity.toml:3:1
   | place = "Germany"
   | ^^^^^
""",
    ),
    (
        "a code that no country has",
        """
[[system]]
name = "api"
place = "UK"
""",
        """
error[profile]: `place` must be a jurisdiction code, such as `"DE"` (ISO 3166-1 alpha-2, `XK`, `EU`, `EPO`)
  --> comity.toml:3:1
   | place = "UK"
   | ^^^^^
""",
    ),
    (
        "a list with a bad code",
        """
[party]
seat = ["DE", "UK"]
""",
        """
error[profile]: `seat` must be a list of jurisdiction codes, such as `["DE", "VN"]` (ISO 3166-1 alpha-2, `XK`, `EU`, `EPO`)
  --> comity.toml:2:1
   | seat = ["DE", "UK"]
   | ^^^^
""",
    ),
    (
        "bad network",
        """
[[system]]
name = "api"
networks = ["10.20.0.0/33"]
""",
        """
error[profile]: `networks` must be a list of networks, such as `["10.20.0.0/16", "2001:db8::/32"]`
  --> comity.toml:3:1
   | networks = ["10.20.0.0/33"]
   | ^^^^^^^^
""",
    ),
    (
        "network with host bits",
        """
[[system]]
name = "api"
networks = ["10.20.0.1/16"]
""",
        """
error[profile]: `networks` must be a list of networks, such as `["10.20.0.0/16", "2001:db8::/32"]`
  --> comity.toml:3:1
   | networks = ["10.20.0.1/16"]
   | ^^^^^^^^
""",
    ),
    (
        "bad host",
        """
[[system]]
name = "api"
hosts = ["a b"]
""",
        """
error[profile]: `hosts` must be a list of host names, such as `["api.example.org", "*.example.org"]`
  --> comity.toml:3:1
   | hosts = ["a b"]
   | ^^^^^
""",
    ),
    (
        "bad match",
        """
[[recipient]]
match = ["https://a.example/"]
""",
        """
error[profile]: `match` must be a list of host names, networks and AS numbers, such as `["tracker.example", "203.0.113.0/24", "AS64500"]`
  --> comity.toml:2:1
   | match = ["https://a.example/"]
   | ^^^^^
""",
    ),
    (
        "bad role",
        """
[party]
role = "boss"
""",
        """
error[profile]: `role` must be one of `State`, `public-authority`, `controller`, `processor`, `provider`, `individual`
  --> comity.toml:2:1
   | role = "boss"
   | ^^^^
""",
    ),
    (
        "bad certification",
        """
[party]
certifications = [{nam = "dpf"}]
""",
        """
error[profile]: `certifications` must be a list such as `["cbpr", {name = "dpf", from = 2023-10-01, until = 2024-10-01}]`
  --> comity.toml:2:1
   | certifications = [{nam = "dpf"}]
   | ^^^^^^^^^^^^^^
""",
    ),
    (
        "certification until before from",
        """
[party]
certifications = [{name = "dpf", from = 2024-01-01, until = 2023-01-01}]
""",
        """
error[profile]: `certifications` must be valid from a day until a later one, not from 2024-01-01 until 2023-01-01
  --> comity.toml:2:1
   | certifications = [{name = "dpf", from = 2024-01-01, until = 2023-01-01}]
   | ^^^^^^^^^^^^^^
""",
    ),
    (
        "no name",
        """
[party]
name = "Lumen"

[[system]]
place = "DE"
""",
        """
error[profile]: a `system` needs `name`
  --> comity.toml:4:1
   | [[system]]
   | ^^^^^^^^^^
""",
    ),
    (
        "no match",
        """
[[recipient]]
name = "Tracker"
""",
        """
error[profile]: a `recipient` needs `match`
  --> comity.toml:1:1
   | [[recipient]]
   | ^^^^^^^^^^^^^
""",
    ),
    (
        "empty match",
        """
[[recipient]]
match = []
""",
        """
error[profile]: `match` must be a list of host names, networks and AS numbers, such as `["tracker.example", "203.0.113.0/24", "AS64500"]`
  --> comity.toml:2:1
   | match = []
   | ^^^^^
""",
    ),
    (
        "no value",
        """
[party]
name = Lumen
""",
        """
error[profile]: invalid value
  --> comity.toml:2:8
   | name = Lumen
   |        ^
""",
    ),
    (
        "open quote",
        """
[party]
name = "Lumen
role = "controller"
""",
        """
error[profile]: illegal character '\\n'
  --> comity.toml:2:14
   | name = "Lumen
   |              ^
""",
    ),
    (
        "open bracket",
        """
[party
name = "Lumen"
""",
        """
error[profile]: expected ']' at the end of a table declaration
  --> comity.toml:1:7
   | [party
   |       ^
""",
    ),
    (
        "key given twice",
        """
[party]
name = "Lumen"
name = "Lux"
""",
        """
error[profile]: cannot overwrite a value
  --> comity.toml:3:13
   | name = "Lux"
   |             ^
""",
    ),
    (
        "a key that a comment names too",
        """
[party]
# seat = ["DE"]
seat = "DE"
""",
        """
error[profile]: `seat` must be a list of jurisdiction codes, such as `["DE", "VN"]` (ISO 3166-1 alpha-2, `XK`, `EU`, `EPO`)
  --> comity.toml:3:1
   | seat = "DE"
   | ^^^^
""",
    ),
]


@pytest.mark.parametrize(("text", "message"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_mistake(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("comity.toml").write_text(text.removeprefix("\n"))
    with pytest.raises(ProfileError) as raised:
        load_profile(Path("comity.toml"))

    assert f"\n{raised.value}\n" == message


def test_the_command_prints_the_mistake_and_judges_nothing(tmp_path, comity):
    evidence = facts(tmp_path / "flows.ndjson")
    (tmp_path / "comity.toml").write_text("[party]\nnmae = 'Lumen'\n")
    run = comity("check", evidence, "--pack", pack(tmp_path))

    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"error[profile]: unknown key `nmae`\n  --> {tmp_path.resolve()}/comity.toml:2:1\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "`{path}` can't be read: no such file or directory"),
        (b"[party]\nname = '\xff'\n", "`{path}` is not UTF-8 text"),
    ],
)
def test_a_profile_that_cannot_be_read(content, message, tmp_path):
    path = tmp_path / "comity.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProfileError) as raised:
        load_profile(path)

    assert str(raised.value) == f"error[profile]: {message.format(path=path)}"


def test_a_folder_is_no_profile(tmp_path):
    with pytest.raises(ProfileError, match="is a directory"):
        load_profile(tmp_path)


def test_an_empty_profile_says_nothing(tmp_path):
    path = tmp_path / "comity.toml"
    path.touch()

    assert load_profile(path).party is None
    assert not load_profile(path).complete


def test_numbers_of_networks_are_known_in_either_case(tmp_path):
    path = tmp_path / "comity.toml"
    path.write_text('[[recipient]]\nmatch = ["as64500", "Tracker.example"]\n')

    assert load_profile(path).recipients[0].match == ("AS64500", "tracker.example")


def test_the_nearest_profile_is_found(tmp_path):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "comity.toml").touch()

    assert find_profile(below) == tmp_path.resolve() / "comity.toml"
    (tmp_path / "a" / "comity.toml").touch()
    assert find_profile(below) == tmp_path.resolve() / "a" / "comity.toml"
    assert find_profile(tmp_path) == tmp_path.resolve() / "comity.toml"


def test_profile_overrides_the_one_that_is_found(tmp_path, comity):
    law = pack(tmp_path, more="duty: '\"dpf\" in flow.recipient.certifications'")
    evidence = facts(tmp_path / "flows.ndjson", {"host": "a.example"})
    described = '[[recipient]]\nmatch = ["a.example"]\ncertifications = {}\n'
    (tmp_path / "comity.toml").write_text(described.format("[]"))
    other = tmp_path / "other.toml"
    other.write_text(described.format('["dpf"]'))
    found = comity("check", evidence, "--pack", law, "--format", "json")
    given = comity("check", evidence, "--pack", law, "--format", "json", "--profile", other)

    assert (found.code, given.code) == (1, 0)
    assert json.loads(found.out)["profile"] == str(tmp_path.resolve() / "comity.toml")
    assert json.loads(given.out)["profile"] == str(other)
