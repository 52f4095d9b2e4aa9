"""Helpers: the same report from DuckDB and from Spark, in one small session for all tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from comity import check
from comity.report.json import render

#: Small work in many parts: no code is compiled for a query that runs once, and files are cut into pieces.
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "3",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.files.maxPartitionBytes": "12000",
    "spark.sql.files.openCostInBytes": "1000",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def small_session() -> Iterator[Any]:
    """A session on this machine, with two threads: the engine uses what runs already."""
    if not shutil.which("java"):
        pytest.skip("Spark needs Java")
    import os
    import sys

    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    os.environ["PYSPARK_PYTHON"] = sys.executable
    conf = SparkConf(loadDefaults=False).setMaster("local[2]").setAppName("tests").setAll(list(SETTINGS.items()))
    with Path(os.devnull).open("w") as nowhere:
        context = SparkContext(conf=conf, gateway=launch_gateway(conf, {"stderr": nowhere}))
    yield context
    context.stop()


def same(*paths: Path, **options: Any) -> Any:
    """The report that both engines give, to the byte; what differs fails the test."""
    told, by_spark = (render(check(paths, engine=engine, **options)) for engine in ("duckdb", "spark"))
    if told != by_spark:
        sides = enumerate(zip_longest(told.splitlines(), by_spark.splitlines()), 1)
        pytest.fail("\n".join(f"{n}: {a} | {b}" for n, (a, b) in sides if a != b)[:5000])
    return told
