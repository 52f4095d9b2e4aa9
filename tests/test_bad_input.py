"""Damaged and hostile files through the command: each is named with its reason, and none ends in a traceback."""

import gzip
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from running import LUMEN, facts, pack, process

from comity.checking import check

HAR = LUMEN / "app.har"

#: Name, content, what the report says of it, and how many facts it gives all the same.
BAD = [
    ("zeros.gz", gzip.compress(bytes(50_000_000)), "not read: no evidence format recognises `{path}`", 0),
    (
        "cut.har.gz",
        gzip.compress(HAR.read_bytes())[:2000],
        "skipped: /log/entries/41: the file breaks off or is damaged here",
        41,
    ),
    ("deep.har", b'{"log": {"entries": ' + b"[" * 200_000, "not read: entry 0 is nested more than 200 deep", 0),
    (
        "deep.ndjson",
        b'{"kind": "flow", "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        "skipped: line 1: nested too deeply",
        0,
    ),
    ("columns.csv", b"kind,from,tow\nflow,DE,US\n", "not read: unknown attribute `tow`, did you mean `to`?", 0),
    ("twice.csv", b"kind,from,from\nflow,DE,US\n", "not read: column `from` is there twice", 0),
    ("latin.csv", b"kind,from,host\nflow,DE,\xe9.example\n", "skipped: line 2: not UTF-8", 0),
    ("latin.ndjson", b'{"kind": "flow", "host": "\xff\xfe"}\n', "skipped: line 1: not UTF-8", 0),
    ("half.har", HAR.read_bytes()[:20_000], "skipped: /log/entries/35: the file breaks off or is damaged here", 35),
    ("noise.har", bytes(range(256)) * 100, "not read: no evidence format recognises `{path}`", 0),
    ("noise.gz", b"\x1f\x8b" + bytes(range(256)) * 100, "not read: `{path}` can't be read: ", 0),
    ("noise.parquet", b"PAR1" + bytes(100) + b"PAR1", "not read: ", 0),
]


@pytest.mark.parametrize(("name", "content", "told", "given"), BAD, ids=[case[0] for case in BAD])
def test_bad_file(name, content, told, given, tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bad, good = Path(name), facts(Path("good.ndjson"))
    bad.write_bytes(content)
    judged = check([bad, good], packs=[str(pack(tmp_path))])
    monkeypatch.setattr("comity.cli.check._judge", lambda arguments: judged)
    text, document = (comity("check", bad, "--format", form) for form in ("text", "json"))
    parsed = json.loads(document.out)
    record = parsed["evidence"][0]
    reasons = [f"not read: {record['error']}"] if record["error"] else []
    reasons += [f"skipped: {skip['where']}: {skip['why']}" for skip in record["skips"]]

    assert text.code == document.code == 1
    assert reasons[0].startswith(told.format(path=bad))
    assert " ".join(reasons[0].split()) in " ".join(text.out.split())
    assert parsed["facts"] == {"flow": given + 1}
    assert (f"error[evidence]: {record['error']}\n" in text.err) == bool(record["error"])


def test_one_very_long_line(tmp_path, comity):
    host = "a" * 4_000_000
    run = comity("check", facts(tmp_path / "long.ndjson", {"host": host}), "--pack", pack(tmp_path))

    assert run.code == 1
    assert len(run.out) < 10_000


def test_one_very_long_line_of_json_that_is_no_evidence(tmp_path, comity):
    path = tmp_path / "long.json"
    path.write_text(json.dumps({"x": "a" * 4_000_000}))
    run = comity("check", path, "--pack", pack(tmp_path))

    assert run.code == 2
    assert f"error[evidence]: no evidence format recognises `{path}`" in run.err


def test_a_bomb_stays_small_in_memory(tmp_path, comity):
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(bytes(100_000_000)))
    law = pack(tmp_path)
    comity("check", bomb, "--pack", law)
    tracemalloc.start()
    run = comity("check", bomb, "--pack", law)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert run.code == 2
    assert peak < 30_000_000


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission(tmp_path, comity):
    closed = tmp_path / "closed"
    closed.mkdir()
    facts(closed / "flows.ndjson")
    closed.chmod(0)
    try:
        run = comity("check", tmp_path, facts(tmp_path / "good.ndjson"), "--pack", pack(tmp_path))
    finally:
        closed.chmod(0o700)

    assert run.code == 1
    assert f"`{closed}` can't be read: permission denied" in run.err


def test_links_in_a_circle(tmp_path, comity):
    folder = tmp_path / "evidence"
    folder.mkdir()
    facts(folder / "good.ndjson")
    (folder / "again").symlink_to(folder)
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    run = comity("check", folder, "--pack", pack(tmp_path), "--format", "json")
    files = {Path(record["file"]).name: record for record in json.loads(run.out)["evidence"]}

    assert run.code == 1
    assert set(files) == {"a", "b", "good.ndjson"}
    assert "symbolic links" in files["a"]["error"]
    assert files["good.ndjson"]["read"] == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path, comity):
    os.mkfifo(tmp_path / "pipe")
    run = comity("check", tmp_path / "pipe", "--pack", pack(tmp_path))

    assert run.code == 2
    assert f"`{tmp_path}/pipe` is not a plain file" in run.err


def test_a_process_ends_without_a_traceback(tmp_path):
    for name, content, *_ in BAD:
        (tmp_path / name).write_bytes(content)
    done = process("check", tmp_path, "--pack", "gdsi")

    assert done.returncode in (0, 1)
    assert done.stderr.count("error[evidence]") == sum(told.startswith("not read") for _, _, told, _ in BAD)
