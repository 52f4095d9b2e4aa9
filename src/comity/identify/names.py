"""Names of people in free text, by a pipeline of spaCy that the user has installed: ``comity[names]``.

No pattern tells a name from other words, so a statistical model does, and only where it is asked for. spaCy and the
pipeline are loaded from this machine; nothing is ever downloaded.
"""

from __future__ import annotations

import importlib.util
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from comity.errors import UsageError

CATEGORY = "Name"

#: Pipelines do not say how sure they are of a name. Of those that `en_core_web_sm` finds in running text with odd names
#: and addresses, 3 in 4 are names; better pipelines do better, and none is taken to be surer than that.
CONFIDENCE = 0.7

#: No more characters of one record are looked at; a text is given to the pipeline in parts of at most so many.
MOST_CHARACTERS = 1 << 20
_PART = 4_000
_BATCH = 16

#: What pipelines of different languages call a person.
_PEOPLE = frozenset(("PERSON", "PER", "PRS", "PS", "persName"))

#: Free text has two words, or is written in a script that puts no spaces between them.
_WORDS = re.compile(r"[^\W\d_]\S+\s+[^\W\d_]\S|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]{4}")
_SYMBOL = re.compile(r"[!-@\[-`{-~]")
_MOST_SYMBOLS = 0.35

_LONGEST = 80
_NO_NAME = re.compile(r"[\d\r\n@<>{}\[\]()=/\\|_]")


class Names:
    """Finds names with a pipeline, given by its name or by the folder that holds it."""

    def __init__(self, pipeline: str) -> None:
        """Load the pipeline. Raises ``UsageError`` where it, or spaCy, is not installed or can't be used."""
        self.detector = f"names {Path(pipeline).name}"
        if importlib.util.find_spec("spacy") is None:
            raise UsageError("names", "names in free text need spaCy", help="pip install 'comity[names]'")
        if not Path(pipeline).is_dir() and not (pipeline.isidentifier() and importlib.util.find_spec(pipeline)):
            help = "`python -m spacy download` installs one; or give the folder that holds one"
            raise UsageError("names", f"no spaCy pipeline `{pipeline}` is installed", help=help)
        self._pipeline = _loaded(pipeline)

    def find(self, texts: Sequence[bytes]) -> tuple[list[tuple[int, str]], bool]:
        """The names in the texts of one record, each with the number of its text, and whether all was looked at.

        What is not UTF-8 is no text.
        """
        parts = [(number, part) for number, text in enumerate(texts) for part in _parts(_decoded(text))]
        within = list(islice(_bounded(parts), len(parts)))
        documents = self._pipeline.pipe((part for _, part in within), batch_size=_BATCH) if within else ()
        found = [
            (number, entity.text.strip())
            for (number, _), document in zip(within, documents, strict=True)
            for entity in document.ents
            if entity.label_ in _PEOPLE and _is_name(entity.text.strip())
        ]
        return found, len(within) == len(parts)


def _loaded(name: str) -> Any:
    """The pipeline with what finds names in it, and with what that listens to; all else is switched off."""
    import spacy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pipeline = spacy.load(name)
    except Exception as error:  # a pipeline is code of others, and may fail in any way
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError("names", f"the spaCy pipeline `{name}` can't be loaded: {reason}") from None
    finders = {part for part in pipeline.pipe_names if "doc.ents" in pipeline.get_pipe_meta(part).assigns}
    if not finders:
        raise UsageError("names", f"the spaCy pipeline `{name}` has no component that finds names")
    heard = {
        part for part, pipe in pipeline.pipeline if finders.intersection(getattr(pipe, "listening_components", ()))
    }
    pipeline.select_pipes(enable=[part for part in pipeline.pipe_names if part in finders | heard])
    return pipeline


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return ""


def _parts(text: str) -> Iterator[str]:
    """The parts of a text that are free text, cut between words."""
    start = 0
    while start < len(text):
        end = start + _PART
        if end < len(text):
            end = max(text.rfind(" ", start, end), text.rfind("\n", start, end)) + 1 or end
        part = text[start:end]
        if _WORDS.search(part) and len(_SYMBOL.findall(part)) <= _MOST_SYMBOLS * len(part):
            yield part
        start = end


def _bounded(parts: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    left = MOST_CHARACTERS
    for number, part in parts:
        left -= len(part)
        if left < 0:
            return
        yield number, part


def _is_name(text: str) -> bool:
    return 1 < len(text) <= _LONGEST and not _NO_NAME.search(text)
