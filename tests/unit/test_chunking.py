"""Chunks: exact spans of their document, within the token limit, never across a heading."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.loaders import load_seed
from index.text.sentences import sentence_spans
from index.types import Chunk, Document, Heading

_WORDS = (
    "GYEONGJU Ministers agreement Xi’s don't 1,234.56 중앙 中文字 résumé 😀 __init__ . ! ? e.g. "
    "Dr. https://example.org/a?b=c supercalifragilisticexpialidocious <|endoftext|> <|fim_prefix|>"
).split()
_SPACES = (" ", "  ", "\n", "\n\n", "\t", "\u3000", "")
prose = st.lists(st.tuples(st.sampled_from(_WORDS), st.sampled_from(_SPACES)), max_size=120).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)
anything = st.text(st.characters(codec="utf-8"), max_size=60)
limits = st.sampled_from([32, 256])


@st.composite
def documents(draw) -> Document:
    """Any text with headings, each at the start of a line of its own."""
    text = ""
    headings = []
    for is_heading, piece in draw(
        st.lists(st.tuples(st.booleans(), st.one_of(prose, anything)), max_size=6)
    ):
        if text and not text.endswith("\n"):
            text += draw(st.sampled_from(["\n", "\n\n"]))
        if is_heading:
            line = "# " + (" ".join(piece.split())[:30] or "H")
            headings.append(Heading(line[2:], draw(st.integers(1, 6)), len(text)))
            text += line
        else:
            text += piece
    return Document("d.md", "d", text, "", "text/markdown", headings=tuple(headings))


def plain(text: str) -> Document:
    return Document("d.txt", "d", text, "", "text/plain")


@pytest.mark.slow
@given(documents(), limits)
@example(plain(""), 32)
@example(plain(" \n "), 32)
@example(plain("\u200b"), 32)
@example(plain("same same same same " * 200), 32)
@example(plain("x" * 3000), 32)
def test_chunks_are_exact_ordered_disjoint_spans_that_lose_nothing(chunker_of, document, limit):
    at = 0
    for chunk in chunker_of(limit)(document):
        assert chunk.span.of(document.text) == chunk.text
        assert chunk.text.strip()
        assert at <= chunk.span.start
        assert not document.text[at : chunk.span.start].strip()
        at = chunk.span.end
    assert not document.text[at:].strip()


@given(prose, limits)
@example(
    "GYEONGJU " * 17 + "Ministers " * 5 + "MinistersMinisters GYEONGJU GYEONGJU  Xi’s  __init__ "
    "GYEONGJUsupercalifragilistic ",
    32,
)
@example("x" * 3000, 32)
@example("😀" * 500, 32)
@example("中文" * 500, 256)
def test_no_chunk_is_above_the_token_limit(chunker_of, tokenize, text, limit):
    for chunk in chunker_of(limit)(plain(text)):
        assert len(tokenize(chunk.text)) <= limit


@given(documents(), limits)
def test_a_chunk_crosses_the_start_of_a_heading_only_after_a_bare_heading(
    chunker_of, document, limit
):
    for chunk in chunker_of(limit)(document):
        for before, after in itertools.pairwise((None, *document.headings)):
            if chunk.span.start < after.start < chunk.span.end:
                assert before is not None, "text before the first heading stands alone"
                assert "\n" not in document.text[before.start : after.start].strip()


@given(documents(), limits)
def test_ids_are_unique_and_name_document_and_span(chunker_of, document, limit):
    chunks = chunker_of(limit)(document)
    assert [c.id for c in chunks] == [f"d.md#{c.span.start}-{c.span.end}" for c in chunks]
    assert len({c.id for c in chunks}) == len(chunks)


@pytest.mark.parametrize("token", ["<|endoftext|>", "<|fim_prefix|>", "<|endofprompt|>"])
def test_special_tokens_in_a_text_are_text(chunker, token):
    text = f"Before {token} and after. " * 50
    chunks = chunker(plain(text))
    assert all(chunk.span.of(text) == chunk.text for chunk in chunks)
    assert sum(chunk.text.count(token) for chunk in chunks) == 50


def test_a_sentence_that_fits_is_never_cut(chunker_of):
    text = "\n\n".join(
        " ".join(f"Minister number {i * 7 + j} signed paper {j} in Gyeongju." for j in range(7))
        for i in range(6)
    )
    starts = {span.start for span in sentence_spans(text, "en")}
    ends = {span.end for span in sentence_spans(text, "en")}
    chunks = chunker_of(32)(plain(text))
    assert len(chunks) > 6
    assert {chunk.span.start for chunk in chunks} <= starts
    assert {chunk.span.end for chunk in chunks} <= ends


def test_a_sentence_is_cut_by_the_rules_of_the_documents_language(chunker_of):
    sentence = "Die Wohnung im 2. Stock ist ab dem 3. Oktober 2026 für Hrn. K. Weiß frei."
    document = replace(plain(" ".join([sentence] * 12)), language="de")
    chunks = chunker_of(64)(document)
    assert len(chunks) > 3
    assert all(chunk.text.startswith("Die") and chunk.text.endswith("frei.") for chunk in chunks)


def test_a_sentence_that_goes_over_a_page_stays_in_one_chunk(chunker_of):
    before = "\n\n".join(
        f"Paper {i} was signed by both of the ministers in Gyeongju." for i in range(9)
    )
    broken = "The deposit is returned without any interest to the\n\ntenant within thirty days."
    for limit in (32, 48, 64):
        chunks = chunker_of(limit)(plain(f"{before}\n\n{broken}\n\n{before}"))
        assert any(broken in chunk.text for chunk in chunks)


def test_a_paragraph_that_fits_is_never_cut(chunker_of):
    paragraphs = [f"Paper {i} was signed. It was long. Then it was kept." for i in range(9)]
    chunks = chunker_of(32)(plain("\n\n".join(paragraphs)))
    assert all(any(p in chunk.text for chunk in chunks) for p in paragraphs)


def markdown_chunks(chunker, source: str) -> tuple[Document, list[Chunk]]:
    document = load_seed("d.md", source.encode(), "").documents[0]
    return document, chunker(document)


def test_each_section_is_a_chunk_with_its_heading_path(chunker):
    _, chunks = markdown_chunks(
        chunker, "Preface.\n\n# Summit\n\nThey met.\n\n## Papers\n\nA memo.\n\n# Sources\n\nNone."
    )
    assert [(chunk.text, chunk.heading_path) for chunk in chunks] == [
        ("Preface.", ()),
        ("# Summit\n\nThey met.", ("Summit",)),
        ("## Papers\n\nA memo.", ("Summit", "Papers")),
        ("# Sources\n\nNone.", ("Sources",)),
    ]


def test_a_bare_heading_goes_with_the_section_below_it(chunker):
    _, chunks = markdown_chunks(chunker, "# Summit\n\n## Papers\n\nA memo.")
    assert [(chunk.text, chunk.heading_path) for chunk in chunks] == [
        ("# Summit\n\n## Papers\n\nA memo.", ("Summit", "Papers"))
    ]


def test_a_heading_at_the_end_is_kept(chunker):
    document, chunks = markdown_chunks(chunker, "# Summit\n\nThey met.\n\n# The end\n")
    assert [chunk.text for chunk in chunks] == ["# Summit\n\nThey met.", "# The end"]
    assert all(chunk.span.of(document.text) == chunk.text for chunk in chunks)


def test_a_chunk_says_on_which_page_it_starts(chunker, repo):
    data = (repo / "seeds" / "currency-swaps.pdf").read_bytes()
    document = load_seed("currency-swaps.pdf", data, "").documents[0]
    chunks = chunker(document)
    assert chunks
    for chunk in chunks:
        page = document.pages[chunk.page - 1]
        assert page.start <= chunk.span.start < page.end
