"""The words of reports for translators: brings `src/comity/report/locale/LANGUAGE.po` up to date with the code.

What is new has no translation yet, what is gone is dropped. Run by `make messages`; tests hold every word translated.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from comity.report import condition_words, words
from comity.report.html import charts, compare, wording
from comity.report.html.grades import GRADE
from comity.report.html.page import TEMPLATES
from comity.report.languages import LANGUAGES, LOCALE
from comity.vocabulary import ATTRIBUTES

_HEADER = "# Words of Comity's reports."

#: What is kept of a catalogue's header: no dates, which would change with every run.
_KEPT = ("# Words", 'msgid ""', 'msgstr ""', '"Language:', '"Plural-Forms:', '"Content-Type:')

#: Words that are data to the code: forces of packs, what a finding is beside a baseline.
_ELSEWHERE = ("law", "commitment", "new", "perhaps new", "known")


def template() -> Catalog:
    """All words, without translations."""
    catalogue = Catalog(project="Comity", header_comment=_HEADER, charset="utf-8")
    for message in sorted(set(_messages()), key=str):
        catalogue.add(message)
    return catalogue


def _messages() -> Iterator[str | tuple[str, str]]:
    for _, _, message, _, _ in extract_from_dir(
        TEMPLATES,
        method_map=[("**.html", "jinja2")],
        options_map={"**.html": {"trimmed": "true"}},
        keywords={"_": None, "count": (1, 2)},
    ):
        yield message if isinstance(message, str) else (message[0], message[1])
    yield from wording.COUNTS.values()
    yield from (*wording.WORDS, *_ELSEWHERE, *compare.THINGS, *charts.WORDS)
    yield from (*words.PLURALS, *(grade.words for grade in GRADE.values()))
    yield from (*words.SUBJECTS.values(), *words.NOBODY.values(), words.LOCATED, words.OF_PRODUCT)
    yield from condition_words.WORDS
    yield from (*words.SETTLES.values(), words.WITHIN, words.BY_EVIDENCE, words.BY_FACTS, words.OR)
    for name in ATTRIBUTES:
        meaning = words.meaning(name)
        whose, colon, what = meaning.partition(": ")
        yield what if colon and whose in wording.PARTIES else meaning


def _written(catalogue: Catalog) -> str:
    """A catalogue as text, with no more of a header than gettext needs."""
    out = io.BytesIO()
    write_po(out, catalogue, width=120, no_location=True, sort_output=True, ignore_obsolete=True)
    header, _, messages = out.getvalue().decode().partition("\n\n")
    kept = [line for line in header.splitlines() if line.startswith(_KEPT)]
    return "\n".join([*kept, "", messages])


def _translated(message: Message) -> bool:
    """Whether a word has its translation, in every plural form."""
    text = message.string
    return all(text) if isinstance(text, tuple | list) else bool(text)


def main() -> None:
    """Update every catalogue."""
    words_now = template()
    for tag, name in LANGUAGES.items():
        if tag == "en":
            continue
        path = LOCALE / f"{tag}.po"
        catalogue = read_po(io.BytesIO(path.read_bytes()), locale=name) if path.exists() else Catalog(locale=name)
        catalogue.update(words_now, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.header_comment = _HEADER
        path.write_text(_written(catalogue), encoding="utf-8")
        missing = sum(1 for message in catalogue if message.id and not _translated(message))
        print(f"{path.name}: {len(catalogue)} words, {missing} not translated")


if __name__ == "__main__":
    main()
