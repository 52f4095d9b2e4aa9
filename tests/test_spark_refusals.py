"""What Spark can't do is told in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import LUMEN, process

from comity import check
from comity.engine import engine_named
from comity.errors import UsageError


def test_an_engine_that_does_not_exist_is_refused(comity: Callable[..., Any], tmp_path: Path) -> None:
    done = comity("check", tmp_path, "--engine", "flink")

    assert (done.code, done.err.splitlines()[0]) == (2, "error[engine]: there is no engine `flink`")


def test_without_java_one_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    done = process("check", tmp_path, "--engine", "spark")

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"error[spark]: there is no Java in `{tmp_path}`"


@pytest.mark.parametrize(("module", "name"), [("pyspark", "PySpark"), ("sqlglot", "sqlglot"), ("pandas", "pandas")])
def test_without_what_spark_needs_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)

    with pytest.raises(UsageError, match=f"{name} is not installed") as refused:
        engine_named("spark")
    assert refused.value.help == "pip install 'comity[spark]'"


def test_a_master_that_can_not_be_is_told(tmp_path: Path) -> None:
    done = process("check", tmp_path, "--engine", "spark=nowhere")

    assert done.returncode == 2
    assert done.stderr.startswith("error[spark]: Spark did not start: Master must")
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("spark")
def test_other_evidence_and_paths_that_lead_nowhere_are_told_and_the_rest_is_judged(tmp_path: Path) -> None:
    facts = tmp_path / "facts.ndjson"
    facts.write_text('{"kind": "flow", "from": "DE", "to": "US"}\n', encoding="utf-8")
    zstd = tmp_path / "late.gz"
    zstd.write_bytes(facts.read_bytes())
    urls = [f"hdfs://127.0.0.1:1/{tmp_path.name}", "nosuch://x/y", "postgres://me:secret@db/x", str(tmp_path / "no")]

    judgement = check([LUMEN / "app.har", facts, zstd, *urls], packs=["gdsi"], engine="spark")

    har, read, named, *others = judgement.evidence[:7]
    assert har.error
    assert "is not read by Spark" in har.error.summary
    assert "--engine duckdb" in str(har.error.help)
    assert read.reading
    assert read.reading.read == 1
    assert named.error
    assert "ends in .gz" in named.error.summary
    assert [record.path for record in others if record.error is None or "\n" in record.error.summary] == []
    assert "secret" not in "".join(str(record.error) for record in others)
