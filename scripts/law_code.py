"""Expressions of rules laid out for reading: one condition a line, the connectives in front."""

from __future__ import annotations

from collections.abc import Iterator

#: How long a line may be before it is broken.
ROOM = 88

_OPEN, _CLOSE = "([{", ")]}"


def block(expression: str) -> str:
    """An expression as a block of code."""
    lines = laid_out(" ".join(expression.split()))
    return "\n".join(["```cel", *(line.rstrip() for line in lines), "```"])


def laid_out(text: str, room: int = ROOM) -> list[str]:
    """The lines of an expression that stands in one line."""
    if len(text) <= room:
        return [text]
    for connective in ("||", "&&"):
        first, *rest = _parts(text, connective)
        if rest:
            lines = [f"   {line}" for line in laid_out(first, room - 3)]
            for part in rest:
                head, *more = laid_out(part, room - 3)
                lines += [f"{connective} {head}", *(f"   {line}" for line in more)]
            return lines
    if found := _bracket(text):
        head, inner = found
        return [head, *(f"  {line}" for line in laid_out(inner, room - 2)), ")"]
    opened = [place for place, letter, depth in _depths(text) if depth == 0 and letter == "["]
    if len(opened) == 1 and text.endswith("]"):
        members = _parts(text[opened[0] + 1 : -1], ",")
        return [text[: opened[0] + 1], *(f"  {line}" for line in _filled(members, room - 2)), "]"]
    return [text]


def _filled(members: list[str], room: int) -> list[str]:
    """The members of a list, as many on a line as fit."""
    lines = [""]
    for number, member in enumerate(members):
        word = member + "," * (number < len(members) - 1)
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def _depths(text: str) -> Iterator[tuple[int, str, int]]:
    """Every letter outside of strings with its place and the number of brackets around it."""
    depth, quote, escaped = 0, "", False
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and not escaped else quote
            escaped = letter == "\\" and not escaped
            continue
        if letter in "\"'":
            quote = letter
        depth -= letter in _CLOSE
        yield place, letter, depth
        depth += letter in _OPEN


def _parts(text: str, connective: str) -> list[str]:
    """What a connective joins that stands in no bracket."""
    cuts = [place for place, _, depth in _depths(text) if depth == 0 and text.startswith(connective, place)]
    starts = [0, *(cut + len(connective) for cut in cuts)]
    return [text[start:end].strip() for start, end in zip(starts, [*cuts, len(text)], strict=True)]


def _bracket(text: str) -> tuple[str, str] | None:
    """What comes before the round bracket that ends with the text, and what is in it.

    The variable of `exists` and its like (`s, `) goes with what comes before.
    """
    opened = [place for place, letter, depth in _depths(text) if depth == 0 and letter == "("]
    closed = [place for place, letter, depth in _depths(text) if depth == 0 and letter == ")"]
    if not opened or len(opened) != len(closed) or closed[-1] != len(text) - 1:
        return None
    head, inner = text[: opened[-1] + 1], text[opened[-1] + 1 : -1]
    variable, comma, body = inner.partition(", ")
    return (f"{head}{variable},", body) if comma and variable.isidentifier() else (head, inner)
