"""How Sphinx builds the rule catalogue (`make site`): its source is `docs/law`, Markdown that GitHub shows as well."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pygments.lexer import RegexLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, _TokenType
from sphinx.application import Sphinx

project = "Comity"
html_title = "Comity: the law as code"
extensions = ["myst_parser"]
myst_heading_anchors = 6
smartquotes = False
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["law.css"]
html_show_copyright = False
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False

_LISTED = re.compile(r"^\| \[([^\]]+)\]\(([\w-]+)\.md\)", re.MULTILINE)
_TAG_OR_DAY = re.compile(r"<[^>]*>|(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")
_ACROSS = ("matrix", "categories", "sets", "facts")


class CelLexer(RegexLexer):  # type: ignore[misc]
    """Colours for the Common Expression Language."""

    name = "CEL"
    aliases: ClassVar[list[str]] = ["cel"]
    tokens: ClassVar[dict[str, list[tuple[str, _TokenType]]]] = {
        "root": [
            (r"\s+", Text),
            (r"//.*", Comment),
            (r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'', String),
            (r"\b(in|true|false|null)\b", Keyword),
            (r"\b(exists_one|exists|all|filter|map|size|startsWith|contains|timestamp)\b(?=\()", Name.Function),
            (r"\b[A-Z][A-Z0-9_]+\b", Name.Constant),
            (r"\d+(\.\d+)?", Number),
            (r"[A-Za-z_]\w*", Name),
            (r"&&|\|\||[!=<>]=?|[-+*/%?:]", Operator),
            (r"[()\[\]{}.,]", Punctuation),
        ]
    }


def contents(app: Sphinx, page: str, source: list[str]) -> None:
    """Give the index a table of contents: the pages across packs, and the packs that the page itself lists."""
    if page == "index":
        packs = [f"{short} <{name}>" for short, name in _LISTED.findall(source[0])]
        source[0] += _toctree("Across laws", _ACROSS) + _toctree("Packs", packs)


def _toctree(caption: str, entries: Any) -> str:
    return "\n".join(["\n```{toctree}", ":hidden:", ":titlesonly:", f":caption: {caption}", "", *entries, "```", ""])


def unbroken(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Mark days in the page, so that no line breaks within one."""

    def marked(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith("<") else f'<span class="day">{found[0]}</span>'

    context["body"] = _TAG_OR_DAY.sub(marked, context.get("body", ""))


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", contents)
    app.connect("html-page-context", unbroken)
    app.add_lexer("cel", CelLexer)
