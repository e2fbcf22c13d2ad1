"""The sentences chosen to summarise a document, and that a build keeps them."""

from __future__ import annotations

import time

import pytest

from index.builder.summary import most_representative, summarise
from index.errors import DocumentMissingError
from index.loaders import load_seed
from index.search import Searcher
from index.store.catalog import Catalog
from index.store.home import Home
from index.types import Document, Heading, Span

FERRY = (
    "The ferry to Lindal leaves pier four of Harbour Street at 7:40 every morning. "
    "It is painted green. "
    "Tickets for the ferry to Lindal cost four crowns at the kiosk on the pier. "
    "Was the lunch good? "
    "Dogs travel on the lower deck of the ferry without a ticket of their own. "
    "Copyright 2024 by the harbour office of the city. "
    "In winter the ferry to Lindal waits until the ice on the sound is thin enough."
)


def document(text: str, title: str = "Ferry", **values: object) -> Document:
    return Document("a.txt", title, text, "", "text/plain", language="en", **values)


def chosen(chunker, found: Document) -> list[str]:
    return [span.of(found.text) for span in summarise(found, chunker(found))]


def test_a_summary_is_whole_statements_that_can_be_read_alone(chunker):
    told = chosen(chunker, document(FERRY))
    assert len(told) == 3
    assert all(sentence in FERRY for sentence in told)
    assert any(sentence.startswith("The ferry to Lindal leaves") for sentence in told)
    for unfit in ("It is painted", "Was the lunch", "Copyright"):
        assert not any(sentence.startswith(unfit) for sentence in told)


def test_headings_lists_tables_front_matter_and_sources_are_no_summary(chunker):
    text = (
        "---\ntitle: The ferry to Lindal is a green ferry of the city harbour.\n---\n\n"
        "# The ferry to Lindal is the pride of the harbour.\n\n"
        "- The ferry to Lindal carries two hundred passengers and bicycles.\n\n"
        "| Ferry | Lindal ferry price |\n|---|---|\n"
        "| The Lindal ferry | costs four crowns now. |\n\n"
        "The harbour office sells tickets for the ferry to Lindal on weekdays.\n\n"
        "## Sources\n\nThe Lindal ferry and its harbour, by a historian of the ferry.\n"
    )
    found = load_seed("a.md", text.encode(), "0").documents[0]
    told = chosen(chunker, found)
    assert told == ["The harbour office sells tickets for the ferry to Lindal on weekdays."]


def test_a_sentence_that_is_repeated_is_chosen_once(chunker):
    line = "The information desk of the harbour opens at seven every morning."
    other = "Passengers to Lindal board at the southern end of the long pier."
    told = chosen(chunker, document("\n\n".join([line, line, other, line])))
    assert sorted(told) == sorted([line, other])


def test_the_date_and_the_title_before_the_first_sentence_are_left_out(chunker):
    first = "The ferry to Lindal leaves pier four every morning."
    assert chosen(chunker, document(f"Ferry\n{first}")) == [first]
    dated = chosen(chunker, document(f" date 2025-11-01 {first}", title="00_4f"))
    assert dated == [first]


def test_what_has_no_statement_is_summarised_by_its_first_lines(chunker):
    rows = "\n\n".join(f"Hon. Judge Number{n}" for n in range(9))
    assert chosen(chunker, document(rows)) == [f"Hon. Judge Number{n}" for n in range(3)]
    table = load_seed("a.csv", b"name,price\nferry,4\nbus,2\n", "0").documents[0]
    assert chosen(chunker, table)


def test_the_header_of_a_mail_is_no_summary(chunker):
    mail = b"From: a@example.org\nSubject: Ferry\n\nThe ferry to Lindal leaves at nine today.\n"
    found = load_seed("a.eml", mail, "0").documents[0]
    assert chosen(chunker, found) == ["The ferry to Lindal leaves at nine today."]


def test_a_document_of_nothing_but_a_heading_has_no_summary(chunker):
    bare = document("Ferry", headings=(Heading("Ferry", 1, 0),))
    assert chosen(chunker, bare) == []
    assert summarise(document(""), []) == ()


@pytest.mark.parametrize(
    ("language", "text", "unfit"),
    [
        (
            "es",
            "El transbordador a Lindal sale del muelle cuatro cada mañana de verano. "
            "Este sale muy temprano por la mañana del puerto. "
            "Los billetes del transbordador a Lindal cuestan cuatro coronas en el muelle.",
            "Este",
        ),
        (
            "zh",
            "开往林达尔的渡轮每天早上从四号码头出发。它被漆成绿色，非常漂亮而且干净。"
            "开往林达尔的渡轮船票在码头售票处售价四克朗。",
            "它",
        ),
    ],
)
def test_other_languages_are_summarised_too(chunker, language, text, unfit):
    found = Document("a.txt", "Lindal", text, "", "text/plain", language=language)
    told = chosen(chunker, found)
    assert len(told) == 2
    assert not any(sentence.startswith(unfit) for sentence in told)


def test_the_words_of_a_chosen_text_count_less_for_the_next():
    ferry, again, bus = (frozenset(words.split()) for words in ("a b c", "a b c d", "b e f g"))
    assert most_representative([ferry, again, bus], 2) == [0, 2]
    assert most_representative([], 3) == []
    assert most_representative([frozenset()], 3) == [0]


@pytest.mark.slow
def test_a_long_document_takes_no_longer_than_its_limit(chunker):
    page = FERRY.replace("Lindal", "Lindal {0}") + "\n\n"
    long = document("".join(page.format(n) for n in range(4000)))
    chunks = chunker(long)
    started = time.process_time()
    told = summarise(long, chunks)
    assert len(told) == 8
    assert time.process_time() - started < 3  # 0.2 s on the machine that it was written on


def test_a_build_stores_the_summary_and_keeps_it_for_unchanged_documents(
    make_builder, make_searcher, seeds, home, write
):
    write(seeds, {"ferry.txt": FERRY, "bus.txt": "The bus to Lindal leaves at nine o'clock."})
    builder = make_builder(seeds, home)
    builder.build()
    searcher: Searcher = make_searcher(home)
    before = searcher.generation().summary_of("ferry.txt")
    assert len(before) == 3
    write(seeds, {"bus.txt": "The bus to Lindal leaves at ten o'clock."})  # most is written anew
    builder.build()
    after = searcher.generation()
    assert after.summary_of("ferry.txt") == before
    bus = after.document("bus.txt").text
    assert [span.of(bus) for span in after.summary_of("bus.txt")] == [bus]
    write(seeds, {"tram.txt": "The tram to Lindal leaves at noon."})  # copied, and one more
    builder.build()
    assert searcher.generation().summary_of("ferry.txt") == before


def test_a_document_that_is_not_there_has_no_summary(make_builder, seeds, home, write):
    write(seeds, {"ferry.txt": FERRY})
    name = make_builder(seeds, home).build().generation
    catalog = Catalog(Home(home).directory(name) / "catalog.db")
    assert catalog.summary_of("bus.txt") == ()
    with pytest.raises(DocumentMissingError):
        catalog.document("bus.txt")
    assert all(isinstance(span, Span) for span in catalog.summary_of("ferry.txt"))
    catalog.close()
