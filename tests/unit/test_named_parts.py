"""Parts of documents that a question names: headings, pages, slides, rows."""

from __future__ import annotations

import pytest

from index.types import Document
from rag.named_parts import find_parts, in_language
from tests.files import load, pdf_of_lines

LEASE = (
    "# Lease of the boat house\n\n## 1. Parties\n\nThe club lets it to the town.\n\n"
    "## 2. Rent\n\nThe town pays 400 pounds.\n\n### Late rent\n\nA fee is added.\n\n"
    "## 3. Safety on the water\n\nLife jackets are worn.\n"
)
RULES = "Satzung\n\n§ 1 Name\n\nWir heißen Mur.\n\n§ 2 Zweck\n\nWir rudern gern.\n"
BOTH = {"a.md": LEASE, "b.txt": RULES}


def below(question: str, *documents: Document, kind: str = "heading", **how: bool) -> list[str]:
    """The texts of the parts that are found, on one line each."""
    parts = find_parts(question, kind, documents, **how)
    return [" ".join(part.span.of(part.document.text).split()) for part in parts]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What does section 3 say?", "3. Safety on the water"),
        ("What is in the chapter on rent?", "2. Rent"),
        ("What is in the part about late rent?", "2. Rent"),
        ("What does the section on safety say?", "3. Safety on the water"),
        ("Summarise section 1.", "1. Parties"),
    ],
)
def test_a_heading_is_named_by_its_number_or_by_words_of_its_title(question, name):
    assert [part.name for part in find_parts(question, "heading", [load("a.md", LEASE)])] == [name]


@pytest.mark.parametrize(
    "question",
    ["What does section 9 say?", "What is in the chapter on parking?", "What does the lease say?"],
)
def test_no_part_is_found_where_no_heading_is_named(question):
    assert find_parts(question, "heading", [load("a.md", LEASE)]) == []


def test_what_stands_below_a_heading_ends_at_the_next_of_its_level():
    lease = load("a.md", LEASE)
    assert below("section 2", lease) == ["The town pays 400 pounds. ### Late rent A fee is added."]
    assert below("section 2", lease, by_number=False) == []


def test_a_line_of_plain_text_between_empty_lines_may_be_a_heading():
    assert below("Was steht in § 2?", load("b.txt", RULES)) == ["Wir rudern gern."]
    log = load("c.txt", "Mar 2 disk checked\nMar 3 disk full\nMar 4 disk empty\n")
    assert below("What does section 2 say?", log) == []


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("第二章 保修", "第二章写了什么？"),
        ("第2条 門限", "第2条には何と書いてありますか。"),
        ("Article 2 Bruit", "Que dit l'article 2 ?"),
        ("Art. 2 Soci", "Cosa dice l'art. 2?"),
        ("2. Уход", "Что написано в разделе 2?"),
        ("Chapter II: Care", "What does chapter II say?"),
        ("2.1 Tiere", "Was sagt Punkt 2.1?"),
    ],
)
def test_numbers_are_read_as_languages_write_them(heading, question):
    text = f"# Book\n\n## Preface\n\nIt is short.\n\n## {heading}\n\nThis is meant.\n"
    assert below(question, load("a.md", text)) == ["This is meant."]


def test_a_page_and_a_row_are_named_by_their_numbers():
    pages = load("a.pdf", pdf_of_lines("The pier is long.", "Dogs are welcome."))
    assert below("What is on page 2?", pages, kind="page") == ["Dogs are welcome."]
    assert below("What is on page 3?", pages, kind="page") == []
    table = load("a.csv", "Tool,Shelf\nSaw,B 2\nDrill,C 1\n")
    assert below("What is in row 3?", table, kind="row") == ["- Tool: Drill; Shelf: C 1"]
    assert below("What is on page 3?", table, kind="page") == []


def test_of_several_documents_those_in_the_language_of_the_question_are_meant():
    documents = [load(name, data) for name, data in BOTH.items()]
    parts = find_parts("Was steht in Abschnitt 2?", "heading", documents)
    assert [part.name for part in parts] == ["2. Rent", "§ 2 Zweck"]
    assert in_language(parts, parts[0].document.language)[0] == parts[0]
    assert in_language(parts, "xx") == parts
