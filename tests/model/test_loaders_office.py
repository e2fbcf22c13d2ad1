"""A long file of Word."""

from __future__ import annotations

from index.loaders.extract import Source
from index.loaders.office import docx as word


def test_a_long_word_file_is_read_in_seconds(shared_data):
    path = shared_data / "formats" / "ok" / "handbook-872p.docx"
    extract = word.read(Source(path.read_bytes(), "a"))
    for heading in extract.headings:
        assert " ".join(extract.text[heading.start :].split()).startswith(heading.text)
    assert len(extract.text) > 800_000
    assert len(extract.headings) > 280
