"""Titles of packs in other languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import law_of

from comity.law.packs import load_law, shipped_packs
from comity.law.titles import titles_of

LANGUAGES = ("ru", "vi", "zh-Hans")

PACK = """
## Article 1 — Nothing leaves

```rule
id: art-1
about: flow
when: flow.personal
```

## Titles in other languages

```titles
language: vi
titles:
  "Nothing leaves": "Không gì được chuyển đi"
```
"""


def test_a_title_has_its_translation_and_is_as_it_is_where_there_is_none(tmp_path: Path) -> None:
    (pack,) = law_of(tmp_path, PACK).packs
    assert pack.title_in("vi", "Nothing leaves") == "Không gì được chuyển đi"
    assert pack.title_in("vi", pack.title) == pack.title
    assert pack.title_in("ru", "Nothing leaves") == "Nothing leaves"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", shipped_packs())
def test_every_shipped_pack_is_translated(id: str, language: str) -> None:
    (pack,) = load_law([id]).packs
    missing = {title for title in titles_of(pack) if title} - pack.translations.get(language, {}).keys()
    assert len(missing) <= len(titles_of(pack)) // 10, missing
