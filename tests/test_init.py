"""The drafted profile: valid, careful with what is there, and settling nothing that the evidence leaves open."""

import tomllib
from pathlib import Path

import pytest
from running import LUMEN, facts

from comity.checking import check
from comity.drafting import draft
from comity.profile import Profile, load_profile

HAR = LUMEN / "app.har"


@pytest.fixture(scope="module")
def drafted() -> str:
    return draft([LUMEN]).text


def unmarked(text: str) -> str:
    """The draft as it is after its marks are taken away, once."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line == "# [[recipient]]")
    return "\n".join(line.removeprefix("# ") if "=" in line or "[[" in line else line for line in lines[start:])


@pytest.mark.parametrize("paths", [[LUMEN], [HAR]], ids=["lumen", "har"])
def test_the_draft_is_a_profile(paths, tmp_path, comity):
    output = tmp_path / "comity.toml"
    run = comity("init", *paths, "--output", output)
    profile = load_profile(output)

    assert (run.code, run.err) == (0, "")
    assert run.out == f"{output} is drafted: fill in what evidence can't show, then run `comity check`\n"
    assert profile.party is None
    assert profile.recipients == ()
    assert profile.systems[0].captures == ("app.har",)


def test_private_networks_that_send_become_systems(drafted):
    networks = [system["networks"] for system in tomllib.loads(drafted)["system"] if "networks" in system]

    assert networks == [["10.20.1.0/24"], ["10.20.2.0/24"], ["10.40.0.0/24"], ["192.168.0.0/24"]]


def test_every_recipient_of_lumen_is_drafted_once(drafted):
    recipients = tomllib.loads(unmarked(drafted))["recipient"]
    matched = [match for recipient in recipients for match in recipient["match"]]

    assert len(matched) == len(set(matched)) > 10
    assert {"merlionmaps.example", "AS19281"} <= set(matched)
    assert all(recipient["certifications"] == recipient["safeguards"] == [] for recipient in recipients)
    assert all("data" not in recipient for recipient in recipients)


def test_the_draft_moves_no_verdict(drafted, tmp_path):
    profile = tmp_path / "comity.toml"
    profile.write_text(drafted, encoding="utf-8")
    with_draft, without = check([LUMEN], profile=profile), check([LUMEN], profile=Profile())
    counts = [
        {(r.pack.id, r.rule.id): (r.breach, r.kept, r.unknown, r.out_of_scope) for r in judgement.rules}
        for judgement in (with_draft, without)
    ]

    assert counts[0] == counts[1]
    assert any(unknown for _, _, unknown, _ in counts[0].values())


def test_an_existing_file_is_never_overwritten(tmp_path, comity):
    output = tmp_path / "comity.toml"
    output.write_text("# mine\n")
    run = comity("init", HAR, "--output", output)

    assert (run.code, run.out) == (2, "")
    assert run.err == (
        f"error[init]: `{output}` exists already\nhelp: name another file with --output, or - to print\n"
    )
    assert output.read_text() == "# mine\n"


def test_by_default_the_draft_is_comity_toml_here(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert comity("init", HAR).code == 0
    assert Path("comity.toml").read_text(encoding="utf-8") == draft([HAR]).text
    assert comity("init", HAR).code == 2


def test_a_dash_prints(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = comity("init", HAR, "--output", "-")

    assert (run.code, run.out, run.err) == (0, draft([HAR]).text, "")
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_draft_from(tmp_path, comity):
    run = comity("init", tmp_path / "missing.har", "--output", tmp_path / "comity.toml")

    assert (run.code, run.out) == (2, "")
    assert run.err == f"error[evidence]: `{tmp_path}/missing.har` does not exist\n"
    assert not (tmp_path / "comity.toml").exists()


@pytest.mark.parametrize(
    "host", ['a"]\n[party]\nname = "x', "\x1b[31m.example", "back\\slash", "\x7f.example"], ids=ascii
)
def test_hostile_names_cannot_write_the_profile(host, tmp_path):
    evidence = facts(tmp_path / "flows.ndjson", {"host": host, "recipient.name": host, "source": "10.0.0.1"})
    text = draft([evidence]).text

    assert set(tomllib.loads(text)) == {"system"}
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_a_name_with_wildcards_matches_itself_alone(tmp_path):
    named, other = tmp_path / "walk[1].har", tmp_path / "walk1.har"
    for path in (named, other):
        path.write_bytes(HAR.read_bytes())
    profile = tmp_path / "comity.toml"
    profile.write_text(draft([named]).text.replace('# place = "DE"', 'place = "DE"'))
    places = [
        {cell.origin for cell in check([path], profile=profile, packs=["gdsi"]).cells if cell.verdict == "unknown"}
        for path in (named, other)
    ]

    assert places == [{"DE"}, {None}]
