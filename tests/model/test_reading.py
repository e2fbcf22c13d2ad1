"""From search to answer: documents that a question names, passages that follow each other."""

from __future__ import annotations

from datetime import date

import pytest

from index.types import Chunk, Document, Filter, Heading, Passage, Span
from rag.assemble import Services
from rag.assistant import Assistant, Step
from rag.evidence import _joined
from rag.settings import Settings
from rag.write import ExtractiveGenerator
from ui.cli.doctor import diagnose

TEXT = "One. Two.\n\nThree. Four.\n\n# Other\n\nFive."
DOCUMENT = Document("a.md", "A", TEXT, "", "text/markdown", headings=(Heading("Other", 1, 25),))


def _passage(start: int, end: int, rank: int, path: tuple[str, ...] = ()) -> Passage:
    chunk = Chunk(f"a.md#{start}-{end}", "a.md", Span(start, end), TEXT[start:end], path)
    return Passage(chunk, rank, 1 / rank, 0.5, 0.5)


def test_passages_that_follow_each_other_are_read_as_one():
    (whole,) = _joined([_passage(11, 23, 1), _passage(0, 9, 3)], {"a.md": DOCUMENT})
    assert (whole.chunk.id, whole.rank, whole.score) == ("a.md#0-23", 1, 1.0)
    assert whole.chunk.span.of(TEXT) == whole.chunk.text == "One. Two.\n\nThree. Four."


def test_passages_under_another_heading_or_apart_stay_as_they_are():
    apart = [_passage(0, 4, 1), _passage(11, 23, 2), _passage(25, 39, 3, ("Other",))]
    assert _joined(apart, {"a.md": DOCUMENT}) == apart


@pytest.fixture
def assistant(make_builder, make_searcher, reader, intents, write, seeds, home):
    write(
        seeds,
        {
            "2024/annual-report.txt": "date 2025-02-01 The profit was two million won that year.",
            "2023/annual-report.txt": "date 2024-02-01 The profit was one million won that year.",
            "bell.txt": "The bell of King Seongdeok weighs nineteen tons.",
        },
    )
    make_builder(seeds, home).build()
    return assistant_of(make_searcher(home), reader, intents, home)


def assistant_of(searcher, reader, intents, home) -> Assistant:
    writer = ExtractiveGenerator(1)
    return Assistant(
        Settings(home=home),
        searcher,
        reader,
        intents,
        writer,
        writer,
        today=lambda: date(2025, 11, 23),
    )


@pytest.fixture
def ask(assistant):
    def given(question: str, **options: object):
        events = list(assistant.stream(question, **options))
        return events[-1], [event.text for event in events if isinstance(event, Step)]

    return given


def test_a_question_is_answered_from_the_document_that_it_names(ask):
    for year, profit in (("2024", "two"), ("2023", "one")):
        answer, steps = ask(f"What was the profit in the {year} report?")
        assert [c.document_id for c in answer.citations] == [f"{year}/annual-report.txt"]
        assert profit in answer.text
        assert answer.notice == f"Searched one document only: “{year} report”."
        assert answer.notice in steps


def test_an_answer_stays_in_the_generation_that_its_documents_were_named_in(
    assistant, make_builder, write, seeds, home
):
    events = assistant.stream("What was the profit in the 2024 report?")
    assert next(events).text.startswith("Searched one document only")
    before = assistant.searcher.generation().name
    write(seeds, {"2024/annual-report.txt": "date 2025-02-01 The profit was nine million."})
    make_builder(seeds, home).build()
    *_, answer = events
    assert assistant.searcher.generation().name != before
    assert answer.generation == before
    assert "two million" in answer.text


def test_an_empty_filter_chooses_nothing(ask):
    answer, _ = ask("What was the profit in the 2024 report?", filter_by=Filter())
    assert [c.document_id for c in answer.citations] == ["2024/annual-report.txt"]


def test_when_nothing_there_answers_all_documents_are_searched(ask):
    answer, steps = ask("How many tons does the bell of King Seongdeok weigh in the 2024 report?")
    assert [c.document_id for c in answer.citations] == ["bell.txt"]
    assert answer.notice is None
    assert any("so all documents are searched" in step for step in steps)


def test_a_chosen_filter_comes_before_what_the_question_names(ask):
    answer, _ = ask("What was the profit in the 2024 report?", filter_by=Filter(folder="2023"))
    assert {p.chunk.document_id for p in answer.passages} == {"2023/annual-report.txt"}
    assert answer.notice is None


@pytest.mark.parametrize(
    ("model", "ok", "said"),
    [
        ("all-MiniLM-L6-v2", False, "knows English only"),
        ("multilingual", True, "es 2"),
    ],
)
def test_the_doctor_says_whether_the_model_suits_the_languages(
    make_builder, write, seeds, home, embedder, model, ok, said
):
    write(
        seeds,
        {
            "a.txt": "Los bancos centrales de los dos países renovaron el acuerdo de divisas.",
            "b.txt": "Los ministros se reunieron en Seúl y firmaron un acuerdo de cooperación.",
        },
    )
    make_builder(seeds, home, embedding=model).build()
    services = Services(Settings(seeds=seeds, home=home, embedding=model))
    services.use_embedder(embedder)
    (found,) = [check for check in diagnose(services) if check.name == "languages"]
    assert found.ok is ok
    assert said in found.finding
    assert ok or 'embedding = "multilingual"' in found.remedy


@pytest.mark.parametrize(
    ("name", "number"), [("Ines Roth", "555 0131"), ("Tomas Kral", "555 0177")]
)
def test_the_name_of_a_file_says_whose_its_sentences_are(
    make_builder, make_searcher, reader, intents, write, seeds, home, name, number
):
    contacts = {"Ines Roth": "555 0131", "Tomas Kral": "555 0177", "Mila Haas": "555 0102"}
    write(seeds, {f"Staff/{n}.md": f"# Contact\n\nPhone: {c}\n" for n, c in contacts.items()})
    make_builder(seeds, home).build()
    assistant = assistant_of(make_searcher(home), reader, intents, home)
    answer = assistant.ask(f"What is {name}'s phone number?")
    assert [citation.document_id for citation in answer.citations] == [f"Staff/{name}.md"]
    assert number in answer.citations[0].quote


@pytest.mark.parametrize(
    ("text", "question", "short"),
    [
        ("Ein Ticket kostet 12 Euro am Montag, 9 Euro am Dienstag und 15 Euro am Samstag.",
         "Was kostet das teuerste Ticket?", None),
        ("The volunteers are 22, 17 and 71 years old.", "How old is the youngest volunteer?", None),
        ("The youngest volunteer is Mara, who is 17. Tom is 22.",
         "Who is the youngest volunteer?", "Mara"),
    ],
)  # fmt: skip
def test_one_of_several_numbers_that_nobody_compared_is_no_short_answer(
    make_assistant, write, seeds, home, text, question, short
):
    write(seeds, {"notes.txt": text})
    found = make_assistant(seeds, home).ask(question).short_answer
    assert (found.text if found else None) == short
