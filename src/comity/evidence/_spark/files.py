"""Files that Spark is to read: found, recognised, and known to Spark by their URIs."""

from __future__ import annotations

import glob
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.engine.spark_session import cause
from comity.errors import EvidenceError, Place
from comity.evidence import formats
from comity.evidence._gather import (
    BESIDE,
    NOT_EVIDENCE,
    EvidenceRecord,
    Found,
    find,
    must_be_file,
    recognise,
    sha256_of,
    unrecognised,
)
from comity.evidence.base import HEAD_BYTES, EvidenceFile, Head, head_of
from comity.evidence.facts import NAME
from comity.evidence.facts.parquet import is_parquet

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_URL = re.compile(r"(?!file:)[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_DATABASE = re.compile(r"(?:postgres(?:ql)?|mysql|mariadb|sqlite|duckdb)://", re.IGNORECASE)

_READS = (
    "Spark reads facts: Parquet, CSV or NDJSON whose columns are attributes of the vocabulary, and `kind`; judge other "
    "evidence with --engine duckdb, or write it as facts (docs/how-to/read-evidence-as-facts.md)"
)


@dataclass(frozen=True)
class SparkFile(EvidenceFile):
    """A file of facts: its ``name`` in reports, its ``uri``, and the ``key`` by which Spark knows it.

    ``digest`` is that of a file of this machine.
    """

    name: str
    uri: str
    key: str
    digest: Future[str] | None = None

    @property
    def is_here(self) -> bool:
        """Whether it lies on this machine."""
        return self.digest is not None

    @property
    def pattern(self) -> str:
        """The URI for Spark's readers, which take some letters for wildcards."""
        return re.sub(r"([\\*?{}\[\]])", r"\\\1", self.uri)

    def error(self, summary: str, line: int | None = None, help: str | None = None) -> EvidenceError:
        """An error about this file."""
        return EvidenceError("evidence", summary, Place(self.name, line), help)


def found_at(
    spark: SparkSession, paths: Sequence[str], progress: Callable[[str], None]
) -> Iterator[SparkFile | EvidenceRecord]:
    """The files of facts that paths lead to, and records of what can't be read."""
    with ThreadPoolExecutor(1) as background:
        number = 0
        for path in paths:
            opened = _elsewhere(spark, path) if _URL.match(path) else _here(spark, path, background)
            for open in opened:
                number += 1
                one = open(number)
                progress(f"found {one.name if isinstance(one, SparkFile) else one.path}")
                yield one


Open = Callable[[int], SparkFile | EvidenceRecord]


def _here(spark: SparkSession, path: str, background: ThreadPoolExecutor) -> Iterator[Open]:
    for found in find([Path(path.removeprefix("file://"))]):
        yield lambda number, found=found: _local(spark, number, found, background)  # type: ignore[misc]


def _local(
    spark: SparkSession, number: int, found: Found, background: ThreadPoolExecutor
) -> SparkFile | EvidenceRecord:
    digest: Future[str] | None = None
    form = None
    try:
        if found.error:
            raise found.error
        if found.database:
            raise _not_facts(found.name, "a database")
        must_be_file(found.path)
        digest = background.submit(sha256_of, found.path)
        uri = f"file:{found.path.absolute()}"
        file = SparkFile(number, found.path, head_of(found.path), found.name, uri, _key(spark, uri), digest)
        form = recognise(file.head, formats())
        if form is None:
            raise unrecognised(file, found, formats())
        if form.NAME != NAME:
            raise _not_facts(found.name, form.TITLE)
        _must_suit_spark(file)
    except EvidenceError as error:
        sha256 = None if digest is None or digest.exception() else digest.result()
        if form is None and not found.asked and BESIDE.fullmatch(found.path.name):
            return EvidenceRecord(number, found.name, sha256, None, None, None, NOT_EVIDENCE)
        return EvidenceRecord(number, found.name, sha256, form.NAME if form else None, None, error)
    return file


def _not_facts(name: str, what: str) -> EvidenceError:
    return EvidenceError("evidence", f"`{name}` is not read by Spark ({what})", help=_READS)


def _must_suit_spark(file: SparkFile) -> None:
    """Spark goes by names where Comity goes by content."""
    if Path(file.name).name.startswith("_"):
        raise file.error(f"`{file.name}` is left out by Spark, as its name begins with `_`")
    if file.compression == "zstd":
        raise file.error(f"`{file.name}` is compressed by zstd, which Spark does not read", help="use gzip, or Parquet")
    if (file.compression == "gzip") != file.name.endswith(".gz"):
        raise file.error(f"`{file.name}`: a file ends in .gz if it is compressed by gzip, for Spark goes by the name")


# Elsewhere ------------------------------------------------------------------------------------------------------------


def _elsewhere(spark: SparkSession, url: str) -> Iterator[Open]:
    try:
        if _DATABASE.match(url):
            raise _not_facts(re.sub("//.*@", "//", url), "a database")
        names = list(_listed(spark, url))
    except Exception as error:
        problem = error if isinstance(error, EvidenceError) else _unreadable(url, error)
        yield lambda number, problem=problem: EvidenceRecord(number, url, None, None, None, problem)  # type: ignore[misc]
        return
    for name in names:
        yield lambda number, name=name: _remote(spark, number, name)  # type: ignore[misc]


def _unreadable(name: str, error: Exception) -> EvidenceError:
    return EvidenceError("evidence", f"`{name}` can't be read: {cause(error)}")


def _listed(spark: SparkSession, url: str) -> Iterable[str]:
    """The files below a URL, in order, but for those whose name begins with a dot or an underscore."""
    path, system = _hadoop(spark, url)
    statuses = (system.globStatus(path) or []) if glob.has_magic(url) else [system.getFileStatus(path)]
    names: list[str] = []
    for status in statuses:
        if status.isFile():
            names.append(status.getPath().toString())
            continue
        files = system.listFiles(status.getPath(), True)
        while files.hasNext():
            names.append(files.next().getPath().toString())
    if not names:
        raise EvidenceError("evidence", f"nothing matches `{url}`")
    return sorted(name for name in names if not re.search(r"/[._][^/]*$", name))


def _key(spark: SparkSession, uri: str) -> str:
    return str(spark._jvm.org.apache.hadoop.fs.Path(uri).toUri().toString())  # type: ignore[union-attr]


def _hadoop(spark: SparkSession, url: str) -> tuple[Any, Any]:
    path = spark._jvm.org.apache.hadoop.fs.Path(url)  # type: ignore[union-attr]
    return path, path.getFileSystem(spark._jsc.hadoopConfiguration())


def _remote(spark: SparkSession, number: int, name: str) -> SparkFile | EvidenceRecord:
    try:
        file = SparkFile(number, Path(name), _remote_head(spark, name), name, name, _key(spark, name))
        columns = set(spark.read.parquet(file.pattern).columns) if is_parquet(file.head) else None
        form = recognise(file.head, formats()) if columns is None else None
        if columns is not None and "kind" not in columns:
            raise _not_facts(name, "Parquet without a column `kind`")
        if columns is None and (form is None or form.NAME != NAME):
            raise _not_facts(name, form.TITLE if form else "no format recognises it")
        _must_suit_spark(file)
    except EvidenceError as error:
        return EvidenceRecord(number, name, None, None, None, error)
    except Exception as error:  # whatever the store fails with
        return EvidenceRecord(number, name, None, None, None, _unreadable(name, error))
    return file


def _remote_head(spark: SparkSession, name: str) -> Head:
    path, system = _hadoop(spark, name)
    stream = system.open(path)
    try:
        start = bytes(stream.readNBytes(HEAD_BYTES + 1))
    finally:
        stream.close()
    if not start:
        raise EvidenceError("evidence", f"`{name}` is empty")
    compression = "gzip" if start.startswith(b"\x1f\x8b") else "zstd" if start.startswith(b"\x28\xb5\x2f\xfd") else None
    if compression == "gzip":
        start = zlib.decompressobj(31).decompress(start, HEAD_BYTES + 1)
    return Head(Path(name), compression, start[:HEAD_BYTES], len(start) <= HEAD_BYTES)
