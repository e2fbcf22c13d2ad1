"""What the name of a file and its folders say beyond the title of the document."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from index.text.composed import composed
from index.text.words import stems

__all__ = ["NAME_MARK", "words_of_name"]

NAME_MARK = "/"
"""What the stems of a name stand behind in those of a chunk; no stem is equal to it."""

_WORD = re.compile(r"[^\W_]+")


def words_of_name(document_id: str, title: str, language: str) -> str:
    """The words of a path that a title does not hold, those of the file before its folders'.

    >>> words_of_name("People/Lena_Vogt.md", "Contact", "en")
    'Lena Vogt, People'
    >>> words_of_name("Reports/Annual report.pdf", "Annual report 2024", "en")
    ''
    """
    path = PurePosixPath(composed(document_id))
    known = set(stems(title, language))
    parts: list[str] = []
    for part in (path.stem, *reversed(path.parent.parts)):
        found = [(word, stems(word, language)) for word in _WORD.findall(part)]
        new = [(word, own) for word, own in found if not known.issuperset(own)]
        known.update(stem for _, own in new for stem in own)
        parts.append(" ".join(word for word, _ in new))
    return ", ".join(filter(None, parts))
