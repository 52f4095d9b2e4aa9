"""What readers of documents share: JSON with bounded size and depth, and recognising a document by its keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import ijson

from comity.evidence.base import BROKEN, EvidenceFile, Head

#: A JSON document of more bytes than this, decompressed, is not read whole: it takes several times as much memory.
LARGEST = 256 * 1024 * 1024

_NAMES_LOOKED_AT = 200


def json_text(head: Head) -> str:
    """The start of a file that may be JSON, in UTF-8, UTF-16 or UTF-32; half a character at its end is left out."""
    return head.start.decode(json.detect_encoding(head.start), errors="ignore").removeprefix("\ufeff")


def top_keys(head: Head) -> frozenset[str]:
    """The keys of the outermost JSON object, as far as the head of the file shows them; none where it is no object."""
    return frozenset(_top_keys(head))


def _top_keys(head: Head) -> Iterator[str]:
    # Without floats the parser crashes on a number of thousands of digits.
    events = ijson.basic_parse(json_text(head).encode(), use_float=True)
    depth = found = 0
    try:
        for event, value in events:
            depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
            if found == 0 and depth == 1 and event not in {"start_map", "map_key"}:
                return
            if event == "map_key" and depth == 1:
                found += 1
                yield value
            if found == _NAMES_LOOKED_AT:
                return
    except ijson.JSONError:
        return  # the head ends in the middle of the document


def whole(file: EvidenceFile, most: int, help: str) -> bytes:
    """All bytes of a file. Raises ``EvidenceError`` where it is damaged, or of more than ``most`` bytes."""
    try:
        with file.open() as stream:
            content = stream.read(most + 1)
    except BROKEN as error:
        raise file.error(f"`{file.path}` is damaged: {str(error).lower()}") from None
    if len(content) > most:
        raise file.error(f"`{file.path}` is larger than {most >> 20} MiB", help=help)
    return content


def load_json(file: EvidenceFile) -> Any:
    """A whole JSON document. Raises ``EvidenceError`` where it is broken, too deeply nested or too large."""
    content = whole(file, LARGEST, "split it")
    try:
        return json.loads(content)
    except UnicodeDecodeError:
        raise file.error(f"`{file.path}` is not text in UTF-8, UTF-16 or UTF-32") from None
    except json.JSONDecodeError as error:
        raise file.error(f"`{file.path}` is no JSON: {error.msg.lower()}", error.lineno) from None
    except ValueError:
        raise file.error(f"`{file.path}` holds a number of thousands of digits") from None
    except RecursionError:
        raise file.error(f"`{file.path}` is nested too deeply") from None
