"""Walking through XML of any size: what a shape names is kept, records come one by one (see ``_sbom_source``).

The parser is expat. A document type declaration is refused before anything in it counts: no entity is ever defined,
expanded or fetched.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from comity.evidence._sbom_source import MOST_DEPTH, MOST_TEXT, BrokenOff, Each, Emit, Progress, Source
from comity.evidence.base import EvidenceFile, Head

#: Encodings that documents may declare.
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "utf-16"}

#: How large a piece of the file the parser is given.
_BLOCK = 256 << 10


@dataclass(slots=True)
class _Frame:
    """An element that is kept: its shape, what was kept so far, and its name in what holds it.

    ``record`` marks a member of a list of records, ``within`` one that JSON puts into an object of its own: `licenses`
    have such members.
    """

    shape: Any
    value: Any
    name: str
    record: bool = False
    within: bool = False


def xml_head(head: Head) -> str:
    """The beginning of a file as text if it is XML, else nothing."""
    if head.start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = head.start.decode("utf-16", errors="replace")
    else:
        text = head.text
    return text if text.lstrip().startswith("<") else ""


def walk_xml(
    file: EvidenceFile,
    root: str,
    shape: dict[str, Any],
    emit: Emit,
    local: Callable[[str], str | None],
    wrapped: bool,
) -> dict[str, Any]:
    """Hand over each record of a document; what was kept of its ``root`` element itself comes out at the end.

    ``local`` turns `namespace name` into the name that shapes use, None for what is
    of no interest. ``wrapped`` says that an element holds the members of a list; else the element is one of them, and
    is repeated. Text beside the attributes of an element is kept as ``content``. Raises ``EvidenceError`` for what must
    be refused, and ``BrokenOff`` at a break.
    """
    with file.open() as stream:
        source = Source(file, stream, _encoding(file))
        walker = _Walker(file, {root: shape}, Progress(file, emit), local, wrapped)
        try:
            while block := source.read(_BLOCK):
                walker.parser.Parse(block, False)
                if walker.moved:
                    source.since, walker.moved = 0, False
            walker.parser.Parse(b"", True)
        except expat.ExpatError:
            raise BrokenOff(walker.progress.open, walker.root) from None
    return walker.root


def must_have_no_doctype(file: EvidenceFile, content: bytes) -> None:
    """Raise ``EvidenceError`` for XML with a document type declaration; that it is well-formed is not looked at."""
    parser = expat.ParserCreate()
    _refuse_doctype(parser, file)
    with suppress(expat.ExpatError):
        parser.Parse(content, True)


def _refuse_doctype(parser: expat.XMLParserType, file: EvidenceFile) -> None:
    def refuse(*_: Any) -> None:
        raise file.error(
            f"`{file.path}` has a document type declaration, which may define entities: it is refused",
            parser.CurrentLineNumber,
            help="an SBOM needs none: remove the `<!DOCTYPE …>`",
        )

    parser.StartDoctypeDeclHandler = refuse


def _encoding(file: EvidenceFile) -> str:
    start = file.head.start
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = re.match(rb"""\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"'>]*)["']""", start.removeprefix(codecs.BOM_UTF8))
    name = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        shown = name if re.fullmatch(r"[\w.-]{1,40}", name) else "?"
        raise file.error(f"`{file.path}` is in an encoding that is not read: `{shown}`", help="convert it to UTF-8")
    return "utf-8-sig" if name in ("utf-8", "utf8") else name


class _Walker:
    def __init__(
        self,
        file: EvidenceFile,
        shape: dict[str, Any],
        progress: Progress,
        local: Callable[[str], str | None],
        wrapped: bool,
    ) -> None:
        self.root: dict[str, Any] = {}
        self.progress = progress
        self.moved = False
        self._file, self._local, self._wrapped = file, local, wrapped
        self._frames = [_Frame(shape, {}, "")]
        self._passed = 0
        self._text: list[str] = []
        # The source has decoded the file already, whatever encoding it declares.
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.buffer_text = True
        _refuse_doctype(self.parser, file)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.moved = True
        if self._passed:
            self._passed += 1
            if self._passed > MOST_DEPTH:
                raise self.progress.too_deep()
            return
        frame = self._begun(self._local(name) or "")
        if frame is None:
            self._passed = 1
            return
        self._frames.append(frame)
        if len(self._frames) == 2:
            self.root = frame.value
        if isinstance(frame.shape, dict):
            frame.value.update((key, value) for key, value in attributes.items() if key in frame.shape)
        if frame.shape is None or (isinstance(frame.shape, dict) and "content" in frame.shape):
            self._text.clear()
            self.parser.CharacterDataHandler = self._text.append

    def _begun(self, name: str) -> _Frame | None:
        """The frame of the element that begins, None for one that is passed over."""
        above = self._frames[-1].shape
        if isinstance(above, dict):
            if name not in above:
                return None
            shape = above[name]
            if self._wrapped and isinstance(shape, list | Each):
                return _Frame(shape, [], name)
            return self._member(shape, name) if isinstance(shape, list | Each) else _Frame(shape, {}, name)
        return self._member(above, name) if isinstance(above, list | Each) else None

    def _member(self, members: list[Any] | Each, name: str) -> _Frame:
        """The frame of an element that is a member of a list."""
        if isinstance(members, Each):
            self.progress.begin(members.kind)
            return _Frame(members.shape, {}, name, record=True)
        (shape,) = members
        if isinstance(shape, dict) and name in shape:
            return _Frame(shape[name], {}, name, within=True)
        return _Frame(shape, {}, name)

    def _end(self, _: str) -> None:
        if self._passed:
            self._passed -= 1
            return
        frame = self._frames.pop()
        if self.parser.CharacterDataHandler:
            self.parser.CharacterDataHandler = None
            text = "".join(self._text).strip()
            text = text if len(text) <= MOST_TEXT else ""
            if frame.shape is None:
                frame.value = text
            else:
                frame.value["content"] = text
        if frame.within:
            frame.value = {frame.name: frame.value}
        if frame.record:
            self.progress.end(frame.value)
        else:
            self._attach(frame, self._frames[-1])

    def _attach(self, frame: _Frame, above: _Frame) -> None:
        self.progress.keep(1)
        if isinstance(above.value, list):
            above.value.append(frame.value)
        elif isinstance(above.shape[frame.name], list) and not self._wrapped:
            above.value.setdefault(frame.name, []).append(frame.value)
        else:
            above.value[frame.name] = frame.value
