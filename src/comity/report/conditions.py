"""What a duty or an exception lacks, in words.

`"consent" in flow.safeguards` is told as *safeguards agreed: `consent`*. What is not recognised stays as it is written,
between backticks, as do the values that rules name: pages show these as code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from comity.law.model import Law, Share
from comity.report import condition_words as w
from comity.report.condition_parts import COMPARISONS, Part, UnreadableError, read
from comity.report.words import Say, meaning, visible
from comity.vocabulary import ATTRIBUTES, CLOCK, TALLY, Type

#: Longer code is cut.
_LONGEST = 4000

_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_FLIPPED = {"and": "or", "or": "and"}

#: Sizes that say no more than whether there is any: by comparison and number, whether there is one.
_EMPTINESS = {("==", "0"): False, ("<", "1"): False, ("<=", "0"): False}
_EMPTINESS |= {("!=", "0"): True, (">", "0"): True, (">=", "1"): True}


def number_in_english(value: float) -> str:
    """A number in English."""
    return f"{value:,}"


def no_title(name: str) -> str | None:
    """For a law of which nothing is known."""
    return None


def titles(law: Law, language: str = "en") -> Callable[[str], str | None]:
    """What clocks, tallies and categories of data are called in a language, by the names that rules use."""
    found: dict[str, str] = {}
    for pack in law.packs:
        for tally in pack.tallies:
            title = pack.title_in(language, tally.title)
            found[f"{TALLY}{tally.name}"] = f"{title} (%)" if isinstance(tally, Share) else title
        found |= {f"{CLOCK}{clock.name}": pack.title_in(language, clock.title) for clock in pack.clocks}
        found |= {category.name: pack.title_in(language, category.title) for category in pack.categories}
    return found.get


def in_words(
    needs: str,
    say: Say = str,
    number: Callable[[float], str] = number_in_english,
    title: Callable[[str], str | None] = no_title,
) -> str:
    """A condition in words: ``say`` puts English into the language, ``title`` knows what the law calls things."""
    if not needs:
        return ""
    try:
        return _Teller(say, number, title).whole(read(needs))
    except UnreadableError:
        return code(needs)


def code(text: str) -> str:
    """A text between backticks, with none inside."""
    return f"`{visible(text.replace('`', chr(39)), _LONGEST)}`"


class _UnknownShapeError(Exception):
    """There are no words for a part."""


@dataclass(frozen=True)
class _Said:
    """Something said: of ``what`` (nothing for words that stand alone), joined of several by ``op``."""

    what: str
    value: str
    op: str = ""
    literal: bool = False


class _Teller:
    """Tells conditions in one language. ``it`` are the names that members of a list go by, the innermost last."""

    def __init__(
        self,
        say: Say,
        number: Callable[[float], str],
        title: Callable[[str], str | None],
        it: tuple[str, ...] = (),
    ) -> None:
        self._say, self._number, self._title, self._it = say, number, title, it

    def whole(self, part: Part) -> str:
        """A condition with all that is in it."""
        return self._clause(self._told(part, wanted=True))

    def _put(self, words: str, **parts: str) -> str:
        return self._say(words).format(**parts)

    def _clause(self, said: _Said) -> str:
        return self._put(w.IS, what=said.what, value=said.value) if said.what else said.value

    def _told(self, part: Part, wanted: bool) -> _Said:
        """A part, or that it is not so. Of a member of a list all must be told, or nothing is."""
        try:
            return self._shape(part, wanted)
        except _UnknownShapeError:
            if self._it:
                raise
            return _Said("", code(part.source if wanted else f"!({part.source})"))

    def _shape(self, part: Part, wanted: bool) -> _Said:
        if part.kind == "not":
            return self._told(part.parts[0], not wanted)
        if part.kind in _FLIPPED:
            op = part.kind if wanted else _FLIPPED[part.kind]
            return self._joined([self._told(each, wanted) for each in part.parts], op)
        if part.kind in COMPARISONS:
            return self._comparison(part, wanted)
        if part.kind == "name":
            return _Said(self._what(part), self._say(w.YES if wanted else w.NO))
        if part.kind == "call":
            return self._call(part, wanted)
        raise _UnknownShapeError

    def _joined(self, found: Iterable[_Said], op: str) -> _Said:
        """Several, of which what is said of one thing stands together."""
        by_what: dict[str, list[_Said]] = {}
        for n, said in enumerate(found):
            by_what.setdefault(said.what or f"\n{n}", []).append(said)
        merged = [self._values(group, op) for group in by_what.values()]
        if len(merged) == 1:
            return merged[0]
        clauses = [
            self._put(w.BRACKETS, value=said.value) if not said.what and said.op not in ("", op) else self._clause(said)
            for said in merged
        ]
        return _Said("", self._say(w.ALSO_OR if op == "or" else w.ALSO_AND).join(clauses), op)

    def _values(self, group: list[_Said], op: str) -> _Said:
        if len(group) == 1:
            return group[0]
        values = [self._put(w.BRACKETS, value=s.value) if s.op not in ("", op) else s.value for s in group]
        literal = all(said.literal for said in group)
        joined = self._one_after_another(list(dict.fromkeys(values)), w.OR if op == "or" else w.AND, literal)
        return _Said(group[0].what, joined, op, literal)

    def _one_after_another(self, values: list[str], word: str, short: bool) -> str:
        """``a or b or c``; of short ones ``a, b or c``."""
        if short and len(values) > 2:
            values = [self._say(w.COMMA).join(values[:-1]), values[-1]]
        return self._say(word).join(values)

    def _comparison(self, part: Part, wanted: bool) -> _Said:
        left, right = part.parts
        if part.kind == "in":
            return self._membership(left, right, wanted)
        kind = part.kind
        if left.kind != "name" and not _is_size(left):
            left, right, kind = right, left, _MIRRORED[kind]
        if _is_size(left):
            return self._size(left.parts[0], kind, right, wanted)
        if kind in _OPPOSITE:
            return _Said(self._what(left), self._ordered(left, kind if wanted else _OPPOSITE[kind], right))
        return self._sameness(self._what(left), right, (kind == "==") is wanted)

    def _sameness(self, what: str, right: Part, same: bool) -> _Said:
        if right.kind == "bool":
            return _Said(what, self._say(w.YES if same is (right.text == "true") else w.NO))
        if right.kind == "list":
            return _Said(what, self._only(right, same))
        if right.kind == "name":
            return _Said(what, self._pair(w.SAME, same, self._operand(right)))
        return self._equal(what, [right], same)

    def _equal(self, what: str, values: Iterable[Part], same: bool) -> _Said:
        """One of several values, or none of them."""
        told = list(map(self._constant, values))
        if not told:
            raise _UnknownShapeError
        found = [_Said(what, each if same else self._put(w.NOT, value=each), literal=same) for each in told]
        return self._values(found, "or" if same else "and")

    def _only(self, values: Part, same: bool) -> str:
        if not values.parts:
            return self._say(w.NONE if same else w.SOME)
        return self._pair(w.ONLY, same, self._say(w.AND).join(map(self._constant, values.parts)))

    def _membership(self, left: Part, right: Part, wanted: bool) -> _Said:
        if right.kind == "list":
            return self._equal(self._what(left), right.parts, wanted)
        if right.kind != "name":
            raise _UnknownShapeError
        if left.kind in ("text", "number") and not self._is_set(right):
            return self._equal(self._what(right), [left], wanted)
        if left.kind != "name":
            words = w.HAS[not wanted]
            return _Said("", self._put(words, what=code(right.text), value=self._operand(left)))
        if not self._is_set(right):
            return _Said(self._what(left), self._pair(w.AMONG, wanted, self._operand(right)))
        title = self._title(right.text)
        if title:
            return _Said(self._what(left), self._pair(w.CATEGORY, wanted, self._quoted(title)))
        return _Said(self._what(left), self._pair(w.LISTED, wanted, code(right.text)))

    def _size(self, of: Part, kind: str, right: Part, wanted: bool) -> _Said:
        if right.kind != "number":
            raise _UnknownShapeError
        some = _EMPTINESS.get((kind, right.text))
        if some is not None:
            return _Said(self._what(of), self._say(w.SOME if some is wanted else w.NONE))
        what = self._put(w.COUNT, what=self._what(of))
        if kind not in _OPPOSITE:
            return self._equal(what, [right], (kind == "==") is wanted)
        return _Said(what, self._ordered(of, kind if wanted else _OPPOSITE[kind], right))

    def _ordered(self, left: Part, kind: str, right: Part) -> str:
        if right.kind == "call" and right.text == "timestamp" and right.parts[0].kind == "text":
            return self._put(w.TIMES[kind], value=code(right.parts[0].text))
        attribute = ATTRIBUTES.get(left.text)
        words = w.TIMES if attribute and attribute.type is Type.TIME else w.NUMBERS
        value = self._operand(right) if right.kind == "name" else self._constant(right)
        return self._put(words[kind], value=value)

    def _call(self, part: Part, wanted: bool) -> _Said:
        if part.text in w.FUNCTIONS and len(part.parts) == 2:
            on, given = part.parts
            return _Said(self._what(on), self._pair(w.FUNCTIONS[part.text], wanted, self._operand(given)))
        if part.text in ("exists", "all") and len(part.parts) == 3 and part.parts[1].kind == "name":
            return self._shared(part, wanted) or self._members(part, wanted)
        raise _UnknownShapeError

    def _shared(self, part: Part, wanted: bool) -> _Said | None:
        """Entries of a list that name several things at once: both are in one of them."""
        over, name, body = part.parts
        both = body.parts if body.kind == "and" and part.text == "exists" and self._is_set(over) else ()
        if len(both) != 2 or any((each.text, each.parts[:1]) != ("contains", (name,)) for each in both):
            return None
        one, other = sorted((each.parts[1] for each in both), key=lambda each: each.text != self._innermost)
        words = w.SHARED[not wanted]
        return _Said(self._what(one), self._put(words, name=code(over.text), value=self._operand(other)))

    def _members(self, part: Part, wanted: bool) -> _Said:
        """What holds of any or all members of a list."""
        over, name, body = part.parts
        what, some = self._what(over), part.text == "exists"
        within = _Teller(self._say, self._number, self._title, (*self._it, name.text))
        # That not all are is told as some that are not; that none is keeps its words, if they are more than values.
        said = within._told(body, wanted or some)
        if some and said.literal and said.op != "and" and said.what == within._of_it:
            return replace(said if wanted else within._told(body, wanted=False), what=what)
        if not some and not wanted:
            some, wanted = True, True
        alone = (w.ANY if wanted else w.NO_ONE) if some else w.ALL
        clauses = (w.FOR_ANY if wanted else w.FOR_NONE) if some else w.FOR_ALL
        if said.what == within._of_it:
            value = self._put(w.BRACKETS, value=said.value) if said.op else said.value
            return _Said(what, self._put(alone, value=value))
        value = self._put(w.BRACKETS, value=within._clause(said))
        return _Said(what, self._put(clauses, value=value))

    @property
    def _innermost(self) -> str:
        return self._it[-1] if self._it else ""

    @property
    def _of_it(self) -> str:
        return self._say(w.IT)

    def _what(self, part: Part) -> str:
        """What is spoken of: an attribute, a clock, a tally, a list, a member of one."""
        if part.kind != "name":
            raise _UnknownShapeError
        if part.text in self._it:
            if part.text != self._innermost:
                raise _UnknownShapeError
            return self._of_it
        title = self._title(part.text)
        if title or self._is_set(part):
            return self._quoted(title) if title else self._put(w.LIST, value=code(part.text))
        if part.text in w.NAMES:
            return self._say(w.NAMES[part.text])
        if part.text not in ATTRIBUTES:
            raise _UnknownShapeError
        words = meaning(part.text)
        whose, colon, what = words.partition(": ")
        of_party = colon and part.text.split(".")[1] == whose
        return self._put(w.OF, what=self._say(what), whose=self._say(whose)) if of_party else self._say(words)

    def _is_set(self, part: Part) -> bool:
        return part.kind == "name" and part.text.isupper() and part.text not in self._it

    def _operand(self, part: Part) -> str:
        """What something is compared with; texts that are joined one after another."""
        if part.kind == "+":
            return self._say(w.PLUS).join(map(self._operand, part.parts))
        if part.kind != "name":
            return self._constant(part)
        what = self._what(part)
        return what if part.text in self._it or self._title(part.text) else self._quoted(what)

    def _quoted(self, text: str) -> str:
        return self._put(w.QUOTED, value=_inert(text))

    def _constant(self, part: Part) -> str:
        if part.kind == "text":
            return code(part.text)
        if part.kind == "number":
            return self._number(float(part.text) if "." in part.text else int(part.text))
        raise _UnknownShapeError

    def _pair(self, words: tuple[str, str], so: bool, value: str) -> str:
        return self._put(words[not so], value=value)


def _is_size(part: Part) -> bool:
    return part.kind == "call" and part.text == "size" and len(part.parts) == 1


def _inert(text: str) -> str:
    """A title in which nothing is code."""
    return visible(text.replace("`", ""), _LONGEST)
