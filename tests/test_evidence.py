"""From paths to files: whatever a user points at, every file gets a record and none stops the others."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from comity.engine.duckdb import Engine
from comity.evidence import EvidenceRecord, format_named, formats, read_all
from comity.evidence.base import FactTables

FACT = json.dumps({"kind": "flow", "to": "US"}) + "\n"
HAR = json.dumps(
    {"log": {"version": "1.2", "entries": [{"request": {"url": "https://a.example/"}, "response": {"status": 200}}]}}
)


def gather(*paths: Path | str) -> list[EvidenceRecord]:
    with Engine() as engine:
        return read_all([Path(path) for path in paths], FactTables(engine))


def test_formats_are_found_by_their_place_and_sorted() -> None:
    names = [format.NAME for format in formats()]
    assert names == [*sorted(set(names) - {"table"}), "table"]
    assert {"facts", "har"} <= set(names)
    assert "base" not in names
    assert format_named("har").where(12) == "/log/entries/12"


def test_a_folder_is_read_with_all_it_holds(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.har").write_text(HAR)
    (tmp_path / "b" / "notes.txt").write_text("nothing of interest")
    (tmp_path / "a.ndjson").write_text(FACT * 2)
    (tmp_path / "README.md").write_text("# Evidence")
    (tmp_path / "comity.toml").write_text("")
    (tmp_path / ".hidden").write_text(FACT)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x").write_text(FACT)
    (tmp_path / "b" / "loop").symlink_to(tmp_path, target_is_directory=True)
    told: list[str] = []
    with Engine() as engine:
        records = read_all([tmp_path], FactTables(engine), told.append)
    assert [(r.number, Path(r.path).name, r.format, r.note) for r in records] == [
        (1, "README.md", None, "not evidence"),
        (2, "a.ndjson", "facts", None),
        (3, "comity.toml", None, "not evidence"),
        (4, "notes.txt", None, None),
        (5, "x.har", "har", None),
    ]
    assert [r.reading.read for r in records if r.reading] == [2, 1]
    assert records[3].error is not None
    assert records[3].error.summary == "no evidence format recognises `notes.txt`"
    assert records[1].sha256 == hashlib.sha256((FACT * 2).encode()).hexdigest()
    assert told[0] == f"reading {tmp_path / 'README.md'}"


def test_one_bad_file_never_stops_the_others(tmp_path: Path) -> None:
    for name, content in (("empty", ""), ("good", FACT), ("prose", "Dear Sir"), ("broken.har", '{"log": {"pages": [')):
        (tmp_path / name).write_text(content)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    names = ("missing", "empty", "good", "prose", "broken.har", "gone", "pipe")
    records = gather(*(tmp_path / name for name in names), tmp_path / "*.zip")
    errors = [record.error.summary if record.error else None for record in records]
    assert errors == [
        f"`{tmp_path}/missing` does not exist",
        f"`{tmp_path}/empty` is empty",
        None,
        f"no evidence format recognises `{tmp_path}/prose`",
        "a HAR without `entries` in its `log`, or broken off before them",
        f"`{tmp_path}/gone` can't be read: no such file or directory",
        f"`{tmp_path}/pipe` is not a plain file",
        f"nothing matches `{tmp_path}/*.zip`",
    ]
    assert [record.number for record in records] == list(range(1, 9))
    assert records[4].format == "har"


def test_globs_and_names_that_look_like_globs(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.json", "a.json", "deep/c.json", "[x].json"):
        (tmp_path / name).write_text(FACT)
    assert [Path(r.path).name for r in gather(tmp_path / "[ab].json")] == ["a.json", "b.json"]
    assert [Path(r.path).name for r in gather(tmp_path / "[x].json")] == ["[x].json"]
    assert [Path(r.path).name for r in gather(tmp_path / "**" / "c.json")] == ["c.json"]


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(FACT)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert [Path(r.path).name for r in gather(tmp_path / "a", tmp_path, tmp_path / "link")] == ["a"]


def test_facts_of_a_file_that_turns_out_unreadable_are_taken_back(tmp_path: Path) -> None:
    bad = tmp_path / "bad.har"
    bad.write_text(HAR[:-3] + ',{"x":' + "[" * 300)
    (tmp_path / "good.har").write_text(HAR)
    with Engine() as engine:
        tables = FactTables(engine)
        records = read_all([bad, tmp_path / "good.har"], tables)
        assert records[0].error is not None
        assert engine.rows(f"SELECT file FROM ({tables.relation('flow')})") == [(2,)]


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ('{"a": 1}', "it is JSON, but no HAR"),
        ("PAR1 nothing", "it is Parquet, but broken"),
        ("kinds,to\nflow,US\n", "its header has no column `kind`"),
        ("name,recipient.seat\nMai,US\n", "its header has no column `kind`"),
        ("name,to\nMai\n", "no rows as wide below it"),
    ],
)
def test_what_nobody_recognises_is_told_what_it_lacks(tmp_path: Path, content: str, hint: str) -> None:
    path = tmp_path / "near"
    path.write_text(content)
    (record,) = gather(path)
    assert record.error is not None
    assert hint in str(record.error)
    assert "formats tried:" in str(record.error)
