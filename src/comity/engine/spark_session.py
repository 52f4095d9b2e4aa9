"""Sessions of Spark: the one that runs already, or a new one; and what goes wrong with Spark, in one line."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from comity.errors import ComityError, UsageError

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

#: What Comity's queries mean, whatever Spark is set to otherwise: times are in UTC; an overflow or a failed cast is an
#: error and never another value; damaged and missing files are told of.
_MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    # Where many tables are joined, thinking of filters that nobody wrote takes longer than all else.
    "spark.sql.constraintPropagation.enabled": "false",
}

#: How a new session is started, beside its master.
_STARTED = {
    "spark.app.name": "comity",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.maxResultSize": "0",
}


def session(master: str | None) -> tuple[SparkSession, bool]:
    """A session of its own, and whether Spark was started for it.

    Under ``spark-submit``, and in a notebook, Spark runs already: it is used as it is, and ``master`` does not count.
    """
    try:
        from pyspark import SparkContext
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("spark", "PySpark is not installed", help="pip install 'comity[spark]'") from None
    for module in ("sqlglot", "pyarrow", "pandas"):
        if find_spec(module) is None:
            raise UsageError("spark", f"{module} is not installed", help="pip install 'comity[spark]'")
    runs = SparkContext._active_spark_context is not None or "PYSPARK_GATEWAY_PORT" in os.environ
    with told():
        context = SparkContext.getOrCreate() if runs else _started(master or "local[*]")
        context.setLogLevel("ERROR")
        own = SparkSession(context).newSession()
        for name, value in _MEANING.items():
            own.conf.set(name, value)
    return own, not runs


def _started(master: str) -> SparkContext:
    """A new Spark, whose log goes nowhere: what fails is raised here."""
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway

    _must_have_java()
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # not whatever `python3` on the PATH is
    conf = SparkConf(loadDefaults=False).setMaster(master).setAll([*_STARTED.items(), *_here(master).items()])
    with tempfile.TemporaryFile() as log:
        try:
            gateway = SparkContext._gateway or launch_gateway(conf, {"stderr": log})  # type: ignore[no-untyped-call]
        except PySparkRuntimeError:
            log.seek(0)
            raise _not_started(log.read().decode(errors="replace")) from None
    return SparkContext(conf=conf, gateway=gateway)


def _here(master: str) -> dict[str, str]:
    """Settings for one machine: half of its memory, and no more parts of a table than it can work on."""
    if not master.startswith("local"):
        return {}
    return {
        "spark.driver.memory": f"{psutil.virtual_memory().total >> 21}m",
        "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
    }


def _not_started(log: str) -> UsageError:
    """Why Spark did not start, by what it left in its log."""
    if "UnsupportedClassVersionError" in log:
        return UsageError("spark", "this Java is too old for Spark", help=_NEEDS_JAVA)
    lines = [line for line in log.splitlines() if "Exception" in line or "Error" in line]
    return UsageError("spark", f"Spark did not start: {cause(lines[0]) if lines else 'its log says nothing'}")


_NEEDS_JAVA = "Spark needs Java 17 or newer, on the PATH or in JAVA_HOME"


def _must_have_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").is_file() if home else shutil.which("java")):
        raise UsageError("spark", f"there is no Java in `{home}`" if home else "there is no Java", help=_NEEDS_JAVA)


@contextmanager
def told() -> Iterator[None]:
    """Tell what Spark fails with in one line."""
    try:
        yield
    except ComityError:
        raise
    except Exception as error:
        if not _is_sparks(error):
            raise
        raise UsageError("spark", f"Spark can't go on: {cause(error)}") from error


def _is_sparks(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in ("pyspark", "py4j")


def cause(error: Exception | str) -> str:
    """What is at the bottom of an error of Spark, as one line of text."""
    text = str(error).split("\nJVM stacktrace:")[0]
    lines = [line.strip().removeprefix(": ") for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("An error occurred while calling ")]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    if "Python worker" in text:  # the end of Python's own traceback says it
        causes = [line for line in lines if re.match(r"[\w.]+(?:Error|Exception)\b", line)] or causes
    found = causes[-1].removeprefix("Caused by: ") if causes else next(iter(lines), type(error).__name__)
    plain = re.sub(r"^(?:Exception in thread \S+ )?(?:[a-z_$][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error): ", "", found)
    return re.sub(r"\s*SQLSTATE: \w+.*", "", plain)[:300]
