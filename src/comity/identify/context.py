"""Context: what the words beside a value, or the name of the field that holds it, say of it."""

from __future__ import annotations

import functools
import re
import string
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import hyperscan

from comity.identify.expressions import Expressions

#: More words of context than this in one text are not looked at.
MOST_WORDS = 200_000

#: How many bytes before and after a value are its surroundings, within the same line.
BEFORE, AFTER = 64, 24
#: How near before a value a word stands that makes it something else.
_JUST_BEFORE = 24

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SIGNS = re.compile(r"[_\-.\[\]/:$%]+")
#: What stands between a value and its name: ``"name": "`` or ``name=``; and what names without quotes consist of.
_OPENS = b"+( "
_QUOTES = b"\"'\\"
_NAME = (string.ascii_letters + string.digits + " _.-[]%").encode() + bytes(range(0x80, 0x100))
_NUMBER = re.compile(rb"\d")
_ENDS_KEY = frozenset(b"\"'=: (+")
_LONGEST_KEY = 48
_MOST_WORDS_OF_KEY = 3
#: No word of context is longer, in bytes, at either side of its core.
_LONGEST = 96
#: Greater than the number of any context.
_ALL = 1 << 30

#: What a number may be that is no personal data.
_SOMETHING_ELSE = "|".join(
    rf"\b{word}\b"
    for word in (
        "order orders invoice invoices tracking build builds commit commits revision version versions ver release sku "
        "ticket tickets isbn ean upc amount price total balance quantity qty checksum hash sha1 sha256 md5 etag uuid "
        "guid timestamp time epoch date duration count size length width height offset bytes transaction receipt "
        "parcel shipment batch lot case model nonce seed port part parts item items article ref reference "
        "catalog catalogue bug issue job task txn rma awb firmware bbox viewbox points polygon polyline translate "
        "rotate matrix transform scale mean median loss score scores latency "
        "asin cusip isin siren siret orgnr réf référence referencia artikel artikelnummer artikelnr artículo "
        "bestellung bestellnummer rechnung rechnungsnummer "
        "betrag preis commande facture montant prix pedido pedidos factura facturas versión precio importe "
        "seguimiento pesanan faktur заказ заказа заказу счёт счет счёта счета версия версии сумма сумму цена цены "
        "итого накладная артикул"
    ).split()
) + (
    r"|\bp/n\b|货号|型号"
    "|đơn hàng|hóa đơn|mã vận đơn|phiên bản|giá tiền|tổng cộng|订单|发票|运单|快递单|流水号|版本|金额|价格|总计|批次"
    "|注文|請求書|주문|송장|คำสั่งซื้อ"
)

#: What an expression consists of: a group, class or sign that is no plain text, or a letter; and how often it stands.
_PART = re.compile(
    r"(?:(?P<other>\((?:[^()]|\([^()]*\))*\)|\[(?:\\.|[^\]])*\]|\\[A-Za-z]|[.^$])|\\?(?P<letter>.))"
    r"(?P<times>[?*+]|\{[^}]*\})?",
    re.DOTALL,
)
#: How expressions say that a word begins.
_BEGINS = ("\\b", r"(?<![^\W\d_])")
#: How they say that it ends; a class of letters that stand in it as they are, and each of them.
_ENDS = ("\\b", r"(?![^\W\d_])")
_PLAIN_CLASS = re.compile(r"\[(?:\\\W|[\w ])+\]")
_CLASS = re.compile(r"\\?(.)")
#: A core of fewer letters stands in too many words: it is looked for where words begin, if it does.
_SHORT = 4


class Said(NamedTuple):
    """Which contexts, by their numbers, are spoken of, and whether there is word that it is something else."""

    contexts: frozenset[int] = frozenset()
    other: bool = False


NOTHING = Said()
_OTHER = frozenset((0,))


@dataclass(eq=False)
class _Word:
    """An alternative of one context or several."""

    expression: str
    contexts: set[int] = field(default_factory=set)

    @functools.cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.expression)


@dataclass(eq=False)
class _Words:
    """The alternatives that have a core in common, and whether there is any of them."""

    all: list[_Word]

    @functools.cached_property
    def any(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{word.expression})" for word in self.all))


class _Edges(NamedTuple):
    """Where a plain text of so many bytes is a word: as far as no letter may stand before it, and none after it."""

    length: int
    opens: bool
    closes: bool

    def met(self, text: bytes, end: int) -> bool:
        """Whether the text that ends here is a word. One may begin or end at a hump too: ``userPhone``, ``phoneId``."""
        first = end - self.length
        before, after = text[max(0, first - 1) : first], text[end : end + 1]
        if self.opens and before.isalpha() and not (before.islower() and text[first : first + 1].isupper()):
            return False
        return not (self.closes and after.isalpha()) or (text[end - 1 : end].islower() and after.isupper())


class Words(NamedTuple):
    """The cores in a text: where they end, in order, and their numbers; and what is already known of some."""

    cores: list[tuple[int, int]]
    known: dict[tuple[int, int], frozenset[int]]


class Contexts:
    """The words of several contexts, looked for all at once; a context is a regular expression and has a number.

    Hyperscan looks for plain text. Of most alternatives that is each way to write them, and the letters beside it tell
    whether it stands there as a word. Of others it is the *core*, their longest plain text; where one stands near a
    value, that alternative is asked.
    """

    def __init__(self, contexts: Iterable[str]) -> None:
        expressions = [_SOMETHING_ELSE, *sorted(set(contexts) - {""})]
        self.numbers = {context: number for number, context in enumerate(expressions) if number}
        words: dict[str, _Word] = {}
        for number, expression in enumerate(expressions):
            for alternative in _alternatives(expression):
                words.setdefault(alternative, _Word(alternative)).contexts.add(number)
        by_core: dict[tuple[str, _Edges | None], list[_Word]] = defaultdict(list)
        for word in words.values():
            for core in _ways(word.expression) or ((core, None) for core in _cores(word.expression)):
                by_core[core].append(word)
        self._asked = {n: _Words(words) for n, ((_, edges), words) in enumerate(by_core.items()) if not edges}
        self._contexts_of = [frozenset().union(*(word.contexts for word in words)) for words in by_core.values()]
        self._edges = [edges for _, edges in by_core]
        cores = [(core, number) for number, (core, _) in enumerate(by_core)]
        self._cores = Expressions(cores, hyperscan.HS_FLAG_CASELESS)
        self._by_line = functools.lru_cache(maxsize=50_000)(self._standing)
        self._by_name = functools.lru_cache(maxsize=10_000)(self._said_by)

    def of_name(self, name: str) -> Said:
        """What the name of a field says."""
        return self._by_name(in_words(name)) if name else NOTHING

    def find(self, text: bytes) -> Words:
        """Where words that may be context stand in a text."""
        cores = self._cores.ends(text, MOST_WORDS)
        return Words(
            [core for core in cores if (edges := self._edges[core[1]]) is None or edges.met(text, core[0])], {}
        )

    def places(self, text: bytes, words: Words, contexts: frozenset[int]) -> dict[int, list[int]]:
        """Where words that speak of certain contexts end, in order, by context."""
        places: dict[int, list[int]] = defaultdict(list)
        for core in words.cores:
            if self._contexts_of[core[1]] & contexts:
                for context in self._known(text, words, core) & contexts:
                    places[context].append(core[0])
        return places

    def around(self, text: bytes, words: Words, start: int, end: int) -> Said:
        """What is said of a value by the key right before it, or where there is none by words in its line."""
        if start and text[start - 1] in _ENDS_KEY and (key := _key(text[max(0, start - _LONGEST_KEY) : start])):
            return self.of_name(key.decode("utf-8", "replace"))
        if not words.cores:
            return NOTHING
        first, last = max(0, start - BEFORE), end + AFTER
        near = words.cores[bisect_right(words.cores, (first, _ALL)) : bisect_right(words.cores, (last, _ALL))]
        if not near:
            return NOTHING
        first = text.rfind(b"\n", first, start) + 1 or first
        line_end = text.find(b"\n", end, last)
        if line_end >= 0:
            last = line_end
        before: list[tuple[int, frozenset[int]]] = []
        after: list[frozenset[int]] = []
        for core in near:
            if first < core[0] <= start and (contexts := self._known(text, words, core)):
                before.append((core[0], contexts))
            elif end < core[0] <= last:
                after.append(self._known(text, words, core))
        return _said(before, after, start - _JUST_BEFORE) if before or after else NOTHING

    def _said_by(self, name: str) -> Said:
        text = name.encode("utf-8", "replace")
        words = self.find(text)
        return _said([(core[0], self._known(text, words, core)) for core in words.cores], [], 0)

    def _known(self, text: bytes, words: Words, core: tuple[int, int]) -> frozenset[int]:
        """The contexts that a core speaks of: those of the words around it."""
        if core[1] not in self._asked:
            return self._contexts_of[core[1]]
        if core not in words.known:
            end, number = core
            before, after = text[max(0, end - _LONGEST) : end], text[end : end + _LONGEST]
            words.known[core] = self._by_line(number, before, after)
        return words.known[core]

    def _standing(self, number: int, before: bytes, after: bytes) -> frozenset[int]:
        """The contexts of the words with a core that stand about a place between two texts, in one line."""
        head = before.rpartition(b"\n")[2].replace(b"_", b" ").decode("utf-8", "ignore")
        line = head + after.partition(b"\n")[0].replace(b"_", b" ").decode("utf-8", "ignore")
        words = self._asked[number]
        # As it is written, and with ``userEmail`` as two words.
        for start, whole in ((head, line), (_HUMP.sub(" ", head), _HUMP.sub(" ", line))):
            low, end = whole.lower(), len(start)
            if words.any.search(low):
                stand = (w for w in words.all if any(m.start() < end <= m.end() + 1 for m in w.compiled.finditer(low)))
                if contexts := frozenset().union(*(word.contexts for word in stand)):
                    return contexts
        return frozenset()


@functools.lru_cache(maxsize=10_000)
def in_words(field: str) -> str:
    """The name of a field as words in lower case: ``userEmail`` and ``user_email`` are ``user email``."""
    return _SIGNS.sub(" ", _HUMP.sub(" ", field)).strip().lower()


def _said(before: list[tuple[int, frozenset[int]]], after: list[frozenset[int]], just_before: int) -> Said:
    """What words say; where one right before the value speaks of something else, only those after it count.

    So do those that end with it: `tax ref` is more than a `ref`.
    """
    other = max((place for place, contexts in before if 0 in contexts and place > just_before), default=0)
    contexts = frozenset().union(*(contexts for place, contexts in before if place >= other), *(() if other else after))
    contexts -= _OTHER
    return Said(contexts, True) if other and not contexts else Said(contexts) if contexts else NOTHING


def _key(before: bytes) -> bytes:
    """The name that the value behind some text belongs to, b'' where it has none."""
    head = before.rstrip(_OPENS).rstrip(_QUOTES).rstrip()
    if head.endswith(b"="):
        words = head[len(head[:-1].rstrip(_NAME)) : -1].split()[-_MOST_WORDS_OF_KEY:]
        # A number before the name is the value of another: `id=4821 order=`.
        numbers = [place for place, word in enumerate(words[:-1], 1) if _NUMBER.search(word)]
        return b" ".join(words[numbers[-1] if numbers else 0 :])
    quoted = head[:-1].rstrip()
    if head.endswith(b":") and quoted and quoted[-1] in _QUOTES:
        name = quoted.rstrip(_QUOTES)
        return name[name.rfind(quoted[-1:]) + 1 :]
    return b""


def _ways(alternative: str) -> set[tuple[str, _Edges | None]]:
    """Each way in which an alternative may be written; none where they are not few and plain ASCII."""
    begin = next((begin for begin in _BEGINS if alternative.startswith(begin)), "")
    end = next((end for end in _ENDS if alternative.endswith(end)), "")
    body = alternative[len(begin) : len(alternative) - len(end)]
    if not body.isascii():
        return set()
    ways = {""}
    for part in _PART.finditer(body):
        members = {part["letter"]} if part["letter"] else set(_CLASS.findall(part["other"][1:-1]))
        if part["times"] not in (None, "?") or (part["other"] and not _PLAIN_CLASS.fullmatch(part["other"])):
            return set()
        ways = {way + member for way in ways for member in members | ({""} if part["times"] else set())}
    return {(re.escape(way), _Edges(len(way), bool(begin), bool(end))) for way in ways}


def _cores(alternative: str) -> set[str]:
    """What Hyperscan looks for: the longest plain text in an alternative, in the cases it is written in."""
    pieces = [""]
    for part in _PART.finditer(alternative):
        if part["other"] or part["times"]:
            pieces.append("")
        else:
            pieces[-1] += part["letter"]
    core = max(pieces, key=len)
    if not core:
        raise ValueError(f"a context needs plain text in each alternative: {alternative}")
    if not alternative.isascii():
        # Hyperscan ignores the case of ASCII letters alone.
        return {re.escape(core), re.escape(core.capitalize()), re.escape(core.upper())}
    begins = len(core) < _SHORT and any(alternative.startswith(begin + core) for begin in _BEGINS)
    return {"[^A-Za-z]" * begins + re.escape(core)}


def _alternatives(expression: str) -> list[str]:
    """An expression cut at each ``|`` outside brackets."""
    parts, depth = [""], 0
    for part in re.findall(r"\\.|\[(?:\\.|[^\]])*\]|.", expression):
        depth += (part == "(") - (part == ")")
        if part == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += part
    return parts
