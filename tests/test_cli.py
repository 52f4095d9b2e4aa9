"""The command on files: exit codes, what goes where, help, packs, formats, --as-of."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from running import ROOT, environment, facts, pack

from comity import __version__
from comity.checking import check
from comity.cli.main import COMMANDS, parser
from comity.evidence import formats
from comity.law.packs import shipped_packs

LEVELS = ("law", "commitment", "indicator", "unknown", "never")

#: What the pack and the fact say, and the levels at which that fails.
FAILING = {
    "a breach of law": ("law", "", {}, {"law", "commitment", "indicator", "unknown"}),
    "a commitment not kept": ("commitment", "", {}, {"commitment", "indicator", "unknown"}),
    "an indicator": ("commitment", "indicator: true", {}, {"indicator", "unknown"}),
    "an indicator in a law": ("law", "indicator: true", {}, {"indicator", "unknown"}),
    "not known": ("law", "", {"personal": None}, {"unknown"}),
    "kept": ("law", "duty: flow.personal", {}, set()),
    "out of scope": ("law", "", {"to": "DE"}, set()),
}


@pytest.mark.parametrize("case", FAILING)
def test_fail_on(case, tmp_path, comity, monkeypatch):
    force, more, change, failing = FAILING[case]
    law, evidence = pack(tmp_path, force=force, more=more), facts(tmp_path / "flows.ndjson", change)
    judged = check([evidence], packs=[str(law)])
    monkeypatch.setattr("comity.cli.check._judge", lambda arguments: judged)
    runs = {level: comity("check", evidence, "--fail-on", level) for level in LEVELS}

    assert {level for level, run in runs.items() if run.code == 1} == failing
    assert {run.code for run in runs.values()} <= {0, 1}
    assert {run.err for run in runs.values()} == {""}


def test_commitments_fail_by_default_and_indicators_do_not(tmp_path, comity):
    evidence = facts(tmp_path / "flows.ndjson")

    assert comity("check", evidence, "--pack", pack(tmp_path, "a", "commitment")).code == 1
    assert comity("check", evidence, "--pack", pack(tmp_path, "b", "commitment", "indicator: true")).code == 0


def _nothing(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.har").touch()
    (tmp_path / "poem.txt").write_text("Kennst du das Land\n")
    (tmp_path / "skipped.ndjson").write_text('{"kind": "flow", "at": "yesterday"}\n')
    names = ("missing.har", "empty.har", "poem.txt", "folder", "*.pcap", "skipped.ndjson")
    return {name: tmp_path / name for name in names}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.har", "`{path}` does not exist"),
        ("empty.har", "`{path}` is empty"),
        ("poem.txt", "no evidence format recognises `{path}`"),
        ("folder", "nothing could be judged"),
        ("*.pcap", "nothing matches `{path}`"),
        ("skipped.ndjson", "nothing could be judged"),
    ],
)
def test_nothing_to_judge(name, reason, tmp_path, comity):
    path = _nothing(tmp_path)[name]
    run = comity("check", path, "--pack", "gdsi")

    assert run.code == 2
    assert reason.format(path=path) in run.err
    assert "Nothing could be judged: no fact was read." in run.out


def test_nothing_to_judge_is_json_too(tmp_path, comity):
    run = comity("check", tmp_path / "missing.har", "--pack", "gdsi", "--format", "json")

    assert run.code == 2
    assert json.loads(run.out)["findings"] == []


def test_one_bad_file_does_not_stop_the_others(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    law, bad = pack(tmp_path), Path("broken.har")
    facts(Path("a.ndjson"), {}), facts(Path("z.ndjson"), {}, {"to": "DE"})
    bad.write_text('{"log": {"entries": 1}}')
    text, document = (comity("check", ".", "--pack", law, "--format", form) for form in ("text", "json"))
    told = json.loads(document.out)
    reasons = {Path(record["file"]).name: record["error"] for record in told["evidence"]}

    assert text.code == document.code == 1
    assert told["facts"] == {"flow": 3}
    assert reasons["a.ndjson"] is reasons["z.ndjson"] is None
    assert reasons["broken.har"]
    assert f"not read: {reasons['broken.har']}" in text.out
    assert text.err == document.err
    assert f"error[evidence]: {reasons['broken.har']}\n  --> {bad}" in text.err


def test_the_report_can_go_to_a_file(tmp_path, comity):
    law, evidence, report = pack(tmp_path), facts(tmp_path / "flows.ndjson"), tmp_path / "report.json"
    printed = comity("check", evidence, "--pack", law, "--format", "json")
    written = comity("check", evidence, "--pack", law, "--format", "json", "--output", report)

    assert (written.code, written.out, written.err) == (1, "", "")
    assert report.read_text(encoding="utf-8") == printed.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pack", "gdis"), "error[pack]: unknown pack `gdis`\nhelp: did you mean `gdsi`?\n"),
        (("--pack", "x.md"), "error[pack]: pack `x.md` does not exist\n"),
        (("--profile", "x.toml"), "error[profile]: `x.toml` can't be read: no such file or directory\n"),
        (("--output", "/no/folder/x"), "error[output]: `/no/folder/x` can't be written: no such file or directory\n"),
        (("--places", "x.mmdb"), "error[places]: `x.mmdb` can't tell places: no such file or directory\n"),
        (("--as-of", "2024-02-30"), "argument --as-of: `2024-02-30` is not a day such as 2024-03-22\n"),
        (("--memory", "lots"), "argument --memory: `lots` is not a size such as 2GB\n"),
        (("--fail-on", "anger"), "argument --fail-on: invalid choice: 'anger'"),
    ],
)
def test_options_that_cannot_be_used(arguments, message, tmp_path, comity):
    run = comity("check", facts(tmp_path / "flows.ndjson"), *arguments)

    assert (run.code, run.out) == (2, "")
    assert message in run.err


def test_too_little_memory(tmp_path, comity, monkeypatch):
    def exhausted(*paths, **options):
        raise duckdb.OutOfMemoryException("could not allocate block")

    monkeypatch.setattr("comity.checking.check", exhausted)
    run = comity("check", facts(tmp_path / "flows.ndjson"))

    assert (run.code, run.out) == (2, "")
    assert run.err == "error[memory]: the engine ran out of memory\nhelp: give more, such as --memory 4GB\n"


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS), ["--version"]])
def test_help_and_version(arguments, comity):
    run = comity(*arguments)

    assert (run.code, run.err) == (0, "")
    assert __version__ in run.out if arguments == ["--version"] else run.out.startswith("usage: comity")


def test_the_hook_for_commits_runs_a_command_that_there_is():
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *arguments = hook["entry"].split()

    assert program == "comity"
    assert parser().parse_args([*arguments, "evidence", "--baseline", "b.json"]).command == "check"


@pytest.mark.parametrize("arguments", [[], ["chek"], ["formats", "more"], ["packs", "gdsi", "more"]])
def test_what_the_command_does_not_know(arguments, comity):
    run = comity(*arguments)

    assert (run.code, run.out) == (2, "")
    assert "error" in run.err


#: What finds personal data takes longer to load than a small judgement.
DETECTION = ("hyperscan", "phonenumbers", "stdnum", "comity.identify.fields", "comity.identify.detectors")


#: What neither help nor the law nor a judgement of facts has any use for: pages and charts, graphs, other formats.
ELSEWHERE = tuple(
    """altair jinja2 vl_convert babel networkx psutil cyclonedx spdx_tools xml.sax nfstream spacy pyarrow
    comity.report.html comity.report.sarif comity.report.markdown comity.evidence.pcap comity.evidence.sarif
    comity.evidence.spdx comity.evidence.terraform comity.evidence.zeek""".split()
)


def loaded(heavy: tuple[str, ...], *arguments: object) -> str:
    """Which of some modules are loaded once the command has run."""
    script = (
        "import sys; from comity.cli.main import main\n"
        f"try: main({[str(argument) for argument in arguments]})\nexcept SystemExit: pass\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["check"]])
def test_help_and_a_wrong_argument_load_nothing_but_arguments(arguments):
    heavy = ("duckdb", "rich", "cel_expr_python", "google.protobuf", "dataclasses", "pathlib", "comity.errors")

    assert loaded((*heavy, *ELSEWHERE, *DETECTION), *arguments) == "[]"


def test_facts_are_judged_without_what_other_evidence_needs(tmp_path):
    asked = ["check", facts(tmp_path / "flows.ndjson"), "--pack", pack(tmp_path)]

    assert loaded((*ELSEWHERE, *DETECTION), *asked) == "[]"
    assert loaded((*ELSEWHERE, *DETECTION, "rich"), *asked, "--format", "json", "--output", tmp_path / "r.json") == "[]"


def test_packs_are_listed_without_an_engine():
    assert loaded((*ELSEWHERE, *DETECTION, "duckdb", "comity.checking", "comity.evidence"), "packs") == "[]"


def test_what_finds_personal_data_is_loaded_where_content_is_read(tmp_path):
    evidence, letter = facts(tmp_path / "flows.ndjson"), tmp_path / "letter.txt"
    letter.write_text("write to mai@lumen.example\n", encoding="utf-8")

    assert loaded(DETECTION, "check", evidence, "--pack", pack(tmp_path)) == "[]"
    assert loaded(DETECTION, "formats") == "[]"
    assert loaded(DETECTION, "identify", letter) == str(list(DETECTION))


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_reader_that_goes_away_is_no_error(form, tmp_path):
    evidence = facts(tmp_path / "flows.ndjson", *({"host": f"{n}.example"} for n in range(300)))
    command = [sys.executable, "-m", "comity.cli.main", "check", evidence, "--pack", pack(tmp_path), "--format", form]
    started = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    started.stdout.close()

    assert started.stderr.read() == b""
    assert started.wait() == 2


def test_packs_are_listed_and_shown(comity):
    listed, shown = comity("packs"), comity("packs", "gdsi")

    assert (listed.code, shown.code) == (0, 0)
    assert [line.split()[0] for line in listed.out.splitlines()[1:] if line[0] != " "] == list(shipped_packs())
    assert shown.out.startswith("Global Initiative on Data Security (gdsi)\nCN, commitment, from 2020-09-08")
    assert "\n4b  No duty to keep at home what was generated abroad (" in shown.out
    assert not any(line.endswith(" ") for line in (listed.out + shown.out).splitlines())


def test_an_unknown_pack_is_named_with_the_nearest(comity):
    assert comity("packs", "gsdi").err == "error[pack]: unknown pack `gsdi`\nhelp: did you mean `gdsi`?\n"
    assert comity("packs", "nope").err == (
        "error[pack]: unknown pack `nope`\nhelp: `comity packs` lists them; a file of your own ends in `.md`\n"
    )


def test_worked_examples_are_run(tmp_path, comity):
    example = (
        "\n```example\ntitle: to a neighbour\nflow: {from: DE, to: FR, personal: true}\nexpect: {art-1: kept}\n```\n"
    )
    bad = pack(tmp_path, "bad")
    bad.write_text(bad.read_text() + example)
    good = pack(tmp_path, "good", more="duty: flow.to == 'FR'")
    good.write_text(good.read_text() + example)
    failed, passed, shipped = (
        comity("packs", "test", bad),
        comity("packs", "test", good),
        comity("packs", "test", "gdsi"),
    )

    assert (failed.code, passed.code, shipped.code) == (1, 0, 0)
    assert failed.out == (
        f"{bad}:25: to a neighbour\n  bad art-1: expected kept, found breach\n0 of 1 expectations hold in 1 pack\n"
    )
    assert passed.out == "1 of 1 expectations hold in 1 pack\n"


def test_formats_are_listed(comity):
    run = comity("formats")

    assert [line.split()[0] for line in run.out.splitlines()] == [form.NAME for form in formats()]


def _dated(tmp_path: Path) -> Path:
    (tmp_path / "sets").mkdir()
    rows = "jurisdiction,from,until,scope,source\nUS,2024-01-01,2025-01-01,whole,https://example.org\n"
    (tmp_path / "sets" / "safe-places.csv").write_text(rows)
    return pack(tmp_path, more="duty: flow.to in SAFE_PLACES")


@pytest.mark.parametrize(
    ("day", "verdict"),
    [("2023-12-31", "breach"), ("2024-01-01", "kept"), ("2024-12-31", "kept"), ("2025-01-01", "breach")],
)
def test_as_of_moves_the_law(day, verdict, tmp_path, comity):
    law, evidence = _dated(tmp_path), facts(tmp_path / "flows.ndjson")
    run = comity("check", evidence, "--pack", law, "--format", "json", "--as-of", day)
    document = json.loads(run.out)

    assert document["rules"][0][verdict] == 1
    assert document["as_of"].startswith(day)


def test_without_as_of_the_law_is_of_the_day_of_the_fact(tmp_path, comity):
    days = ("2023-12-31T22:59:59Z", "2023-12-31T23:00:00Z", "2024-12-31T22:59:59Z", "2024-12-31T23:00:00Z")
    evidence = facts(tmp_path / "flows.ndjson", *({"at": day} for day in days))
    document = json.loads(comity("check", evidence, "--pack", _dated(tmp_path), "--format", "json").out)

    assert (document["rules"][0]["breach"], document["rules"][0]["kept"]) == (2, 2)


def test_as_of_does_not_move_certifications(tmp_path, comity):
    law = pack(tmp_path, more="""duty: '"dpf" in flow.recipient.certifications'""")
    (tmp_path / "comity.toml").write_text(
        '[[recipient]]\nmatch = ["a.example"]\nname = "A"\n'
        'certifications = [{name = "dpf", from = 2026-01-01, until = 2026-07-01}]\n'
    )
    days = ("2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01")
    evidence = facts(tmp_path / "f.ndjson", *({"at": f"{day}T12:00:00Z", "host": "a.example"} for day in days))
    counts = set()
    for asked in ([], ["--as-of", "2020-01-01"], ["--as-of", "2030-01-01"]):
        rule = json.loads(comity("check", evidence, "--pack", law, "--format", "json", *asked).out)["rules"][0]
        counts.add((rule["kept"], rule["breach"]))

    assert counts == {(2, 2)}
