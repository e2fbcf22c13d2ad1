"""Documents that a question names itself, and questions that only look so."""

from __future__ import annotations

import itertools
import unicodedata
from datetime import date

import pytest

from index.text.words import stems
from rag.named_documents import DocumentNames, find_named_documents
from tests.entries import DOCUMENTS, entry

TODAY = date(2025, 11, 23)

BOTH = {"2023/annual-report.pdf", "2024/annual-report.pdf"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What were the costs in the 2024 report?", {"2024/annual-report.pdf"}),
        ("What does the 2019 report say? According to the 2019 report, who?", {"mueller.txt"}),
        ("Who is named in the Mueller report?", {"mueller.txt"}),
        ("What is said in our annual reports?", BOTH),
        ("What does annual-report.pdf say?", BOTH),
        ("What does 2024/annual-report.pdf say?", {"2024/annual-report.pdf"}),
        ("What does MUELLER.TXT say?", {"mueller.txt"}),
        ("Which prices are in the spreadsheets?", {"data.xlsx"}),
        ("Find all of it in the emails.", {"mail/a.eml", "mail/b.msg"}),
        ("What is in the PDFs about costs?", BOTH),
        ("What was decided since October?", {"data.xlsx", "mail/a.eml", "notes/plan (1).md"}),
        ("What was said since 1 November 2025?", {"data.xlsx", "mail/a.eml"}),
        ("What was said since November 2nd, 2025?", {"data.xlsx", "mail/a.eml"}),
        ("What was said after 2025-11-02?", {"data.xlsx"}),
        ("Anything since December?", {"2024/annual-report.pdf", "data.xlsx", "mail/a.eml",
                                      "mail/b.msg", "notes/plan (1).md"}),
        ("Which documents from 2019 name him?", {"mueller.txt"}),
        ("What do reports before March 2024 say?", {"2023/annual-report.pdf", "mueller.txt"}),
    ],
)  # fmt: skip
def test_a_question_is_searched_in_the_documents_that_it_names(question, expected):
    found = find_named_documents(question, DocumentNames(DOCUMENTS), today=TODAY)
    assert found is not None
    assert found.filter_by.documents == expected
    assert found.words.lower() in question.lower()


@pytest.mark.parametrize(
    "question",
    [
        "Who won in 2024?",
        "What happened before 2020?",
        "What did the first report say?",
        "In the first report, what was said?",
        "What may happen in the report?",
        "Who wrote the book of 1999?",
        "What changed since last week?",
        "What has been built since 1800?",
        "What is in readme.pdf?",
        "Is version 3.14 out?",
        "What about [a-z].pdf and *.pdf?",
        "since May 99, 2025",
        "documents from 2025-99-99",
        "",
    ],
)
def test_a_question_that_names_no_document_or_all_is_searched_everywhere(question):
    assert find_named_documents(question, DocumentNames(DOCUMENTS), today=TODAY) is None


def test_no_documents_no_narrowing():
    assert find_named_documents("What is in a.pdf?", DocumentNames({}), today=TODAY) is None


@pytest.mark.parametrize("or_dated", [False, True])
def test_the_documents_named_are_those_of_a_look_at_every_one(or_dated):
    words = ["annual", "report", "2023", "2024", "swap", "mueller"]
    every = {
        f"{one}/{two}.pdf": entry(three, f"{2020 + i % 6}-02-01" if i % 7 else None)
        for i, (one, two, three) in enumerate(itertools.product(words, repeat=3))
    }
    names = DocumentNames(every)
    for wanted in itertools.chain.from_iterable(itertools.combinations(words, n) for n in range(4)):
        expected = {
            name
            for name, entry in every.items()
            if set(stems(" ".join(wanted))) - ({(entry.date or "")[:4]} if or_dated else set())
            <= set(stems(f"{entry.title} {name.replace('/', ' ').removesuffix('.pdf')}"))
        }
        assert names.holding(set(stems(" ".join(wanted))), with_year=or_dated) == expected


@pytest.mark.parametrize(
    ("question", "expected", "words"),
    [
        ("Was steht in Höfe Süd.txt?", "a/Höfe Süd.txt", "Höfe Süd.txt"),
        ("What does yearly plan.pdf say?", "yearly plan.pdf", "yearly plan.pdf"),
        ("总结一下会议 记录.md", "会议 记录.md", "会议 记录.md"),
        ("What does plan.pdf say?", "plan.pdf", "plan.pdf"),
        ("Was steht in Großküche.txt?", None, ""),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_with_spaces_or_of_any_script_names_its_file(question, expected, words, form):
    names = ["a/Höfe Süd.txt", "yearly plan.pdf", "plan.pdf", "会议 记录.md", "küche.txt"]
    documents = {unicodedata.normalize(form, name): entry("x") for name in names}
    found = find_named_documents(question, DocumentNames(documents), today=TODAY)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.filter_by.documents == {unicodedata.normalize(form, expected)}
        assert found.words == words
