"""Evidence that Spark reads: facts as Parquet, CSV and NDJSON, at whatever path Spark knows.

Files on this machine are found and recognised as ever; those elsewhere through Hadoop's file systems. Their records
stay in Spark, are checked there, and are numbered as the embedded engine numbers them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from comity.engine.spark import SparkEngine
from comity.errors import ComityError
from comity.evidence._gather import EvidenceRecord
from comity.evidence._spark import lines, parquet
from comity.evidence._spark.attached import Attached
from comity.evidence._spark.files import SparkFile, found_at
from comity.evidence.base import FactTables, Reading
from comity.evidence.facts import NAME
from comity.evidence.facts.parquet import is_parquet


def read_all(paths: Sequence[str], tables: FactTables, progress: Callable[[str], None]) -> list[EvidenceRecord]:
    """Read every file that ``paths`` (files, folders, globs, URLs of Spark) lead to, numbered from 1."""
    engine = cast(SparkEngine, tables.engine)
    found = list(found_at(engine.spark, paths, progress))
    files = [one for one in found if isinstance(one, SparkFile)]
    if files:
        progress(f"reading {len(files)} file{'s' * (len(files) > 1)} with Spark")
    attached = Attached(engine, tables)
    readings: dict[int, Reading | ComityError] = {}
    readings |= parquet.read(engine, [file for file in files if is_parquet(file.head)], attached)
    readings |= lines.read(engine, [file for file in files if not is_parquet(file.head)], attached)
    attached.settle()
    return [_record(one, readings[one.number]) if isinstance(one, SparkFile) else one for one in found]


def _record(file: SparkFile, came: Reading | ComityError) -> EvidenceRecord:
    sha256 = None if file.digest is None else file.digest.result()
    if isinstance(came, ComityError):
        return EvidenceRecord(file.number, file.name, sha256, NAME, None, came)
    return EvidenceRecord(file.number, file.name, sha256, NAME, came)


__all__ = ["read_all"]
