"""What is no baseline is refused with one clear message, and no more of it is read than a report can be."""

import json
from pathlib import Path

import pytest
from running import facts, pack

from comity.baseline import load_baseline
from comity.checking import check
from comity.errors import UsageError
from comity.report import json as json_report

#: What may be given for a baseline, and what is said of it.
WRONG = {
    "no JSON": ("{", "`b.json` is no JSON"),
    "no text": ("\xff\xff\xfe", "`b.json` is not in UTF-8"),
    "UTF-8": ('{"comity": "0.1.0", "profile": "\xe9.toml"}', "`b.json` is not in UTF-8"),
    "deep": ("[" * 100_000, "`b.json` is no JSON report of `comity check`"),
    "deep and closed": ('{"a":' * 9_000 + "1" + "}" * 9_000, "`b.json` is no JSON report of `comity check`"),
    "long number": ('{"comity": ' + "9" * 5_000 + "}", "`b.json` is no JSON report of `comity check`"),
    "a list": ("[]", "`b.json` is no JSON report of `comity check`"),
    "SARIF": ('{"version": "2.1.0", "runs": []}', "`b.json` is no JSON report of `comity check`"),
    "of identify": ('{"comity": "0.1.0", "files": []}', "`b.json` is no JSON report of `comity check`"),
    "odd findings": (
        '{"comity": "0.1.0", "findings": [1], "rules": [], "truncated": {"shown": 1, "of": 1}}',
        "`b.json` is no JSON report of `comity check`",
    ),
    "odd counts": (
        '{"comity": "0.1.0", "findings": [], "rules": [{"pack": "p", "rule": "r", "about": "flow", "breach": "x"}], '
        '"truncated": {"shown": 1, "of": 2}}',
        "`b.json` is no JSON report of `comity check`",
    ),
    "hostile version": (
        json.dumps({"comity": "0\nerror[x]: y\x1b[31m"}),
        "`b.json` is no JSON report of `comity check`",
    ),
    "another version": ('{"comity": "0.0.9"}', "`b.json` is a report of Comity 0.0.9, and this is 0.1.0"),
}


#: What may be wrong with one field of a report, by where it stands.
FIELDS = (
    (("findings",), {"id": 1}),
    (("findings", 0), None),
    (("findings", 0, "id"), ["x"]),
    (("findings", 0, "pack"), None),
    (("findings", 0, "count"), float("inf")),
    (("findings", 0, "count"), -1),
    (("findings", 0, "count"), "1"),
    (("truncated",), [1, 2]),
    (("truncated", "shown"), False),
    (("truncated", "of"), "2"),
    (("truncated", "of"), float("nan")),
    (("rules",), {}),
    (("rules", 0), "x"),
    (("rules", 0, "breach"), 1.5),
)


@pytest.mark.parametrize(("place", "value"), FIELDS, ids=str)
def test_a_field_of_a_wrong_type_is_refused(place, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    document = json_report.as_document(check([facts(Path("f.ndjson"))], packs=[str(pack(tmp_path))]))
    document["truncated"] = {"shown": 1, "of": 2}
    *above, last = place
    within = document
    for step in above:
        within = within[step]
    within[last] = value
    Path("b.json").write_text(json.dumps(document), encoding="utf-8")

    with pytest.raises(UsageError, match=r"^error\[baseline\]: `b\.json` is no JSON report of `comity check`\n"):
        load_baseline(Path("b.json"))


def test_no_more_is_read_than_a_report_can_be(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("huge.json").open("wb") as file:
        file.truncate(50_000_000_000)
    run = comity("check", facts(Path("f.ndjson")), "--pack", pack(tmp_path), "--baseline", "huge.json")

    assert (run.code, run.out) == (2, "")
    assert run.err == (
        "error[baseline]: `huge.json` is larger than 100 MB, and no larger baseline is read\n"
        "help: judge by fewer packs (--pack), or less evidence at a time\n"
    )


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_baseline_is_refused(wrong, tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, said = WRONG[wrong]
    Path("b.json").write_text(text, encoding="latin-1")
    run = comity("check", facts(Path("f.ndjson")), "--pack", pack(tmp_path), "--baseline", "b.json")

    assert (run.code, run.out) == (2, "")
    assert run.err.splitlines()[0] == f"error[baseline]: {said}"
    assert "--format json" in run.err


@pytest.mark.parametrize(("path", "why"), [("missing.json", "no such file or directory"), (".", "is a directory")])
def test_a_baseline_that_cannot_be_read(path, why, tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = comity("check", facts(Path("f.ndjson")), "--pack", pack(tmp_path), "--baseline", path)

    assert (run.code, run.err) == (2, f"error[baseline]: `{path}` can't be read: {why}\n")
