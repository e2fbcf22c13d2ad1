"""Suites made from SQuAD, BEIR, TREC and CSV: what is kept, what is reported, what is refused."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases import load_suite
from eval.errors import SuiteError
from eval.importers.importer import Imported, import_suite
from eval.importers.suite_writer import FileNames
from eval.types import Case
from index.folder import seed_name

ROME = "Rome is old. The river Tiber crosses it. Rome is old."
HARBOUR = "The harbour opens at six.\nIt closes at nine."


def squad(*articles: dict[str, object]) -> str:
    return json.dumps({"version": "v2.0", "data": articles})


def article(title: str, context: str, *questions: dict[str, object]) -> dict[str, object]:
    return {"title": title, "paragraphs": [{"context": context, "qas": list(questions)}]}


def question(name: str, asked: str, *answers: tuple[str, int], **more: object) -> dict[str, object]:
    given = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": name, "question": asked, "answers": given} | more


def beir() -> dict[str, str | bytes]:
    """The files of a small folder in BEIR's form."""
    return {
        "corpus.jsonl": '{"_id": "d1", "title": "Rome", "text": "It is old.", "metadata": {}}\n'
        '{"_id": "d2", "title": "", "text": "The Tiber."}\n'
        '{"_id": "d3", "text": "Unused."}\n',
        "queries.jsonl": '{"_id": "q1", "text": "How old?"}\n{"_id": "q2", "text": "River?"}\n'
        '{"_id": "q3", "text": "Nothing?"}\n',
        "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t2\nq3\td3\t0\n",
        "qrels/train.tsv": "query-id\tcorpus-id\tscore\nq2\td2\t1\n",
    }


def trec() -> dict[str, str | bytes]:
    return {
        "topics.tsv": "7\tHow old?\n8\tRiver?\n",
        "qrels.txt": "7 0 d1 1\n7 0 d2 0\n8 0 d2 2\n8 0 d1 -1\n",
        "collection.tsv": "d1\tRome is\told.\nd2\tThe Tiber.\n",
    }


@pytest.fixture
def source(tmp_path) -> Path:
    return tmp_path / "source"


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "suite"


def texts(out: Path) -> dict[str, str]:
    folder = out / "documents"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refused(source: Path, out: Path, match: str, **options: object) -> None:
    """The import raises, and leaves nothing where the suite would be."""
    before = sorted(out.parent.iterdir())
    with pytest.raises(SuiteError, match=match):
        import_suite(source, out, **options)
    assert sorted(out.parent.iterdir()) == before


# SQuAD


def test_squad_becomes_an_article_a_document_and_the_sentence_that_holds_the_answer(
    source, out, write
):
    two = article("Old_Rome", ROME, question("a", "What crosses it?", ("river Tiber", 17)))
    two["paragraphs"].append(
        {
            "context": HARBOUR,
            "qas": [
                question("b", "When does it close?", ("nine", 39), ("at nine", 36), ("nine", 39)),
                question(
                    "c",
                    "Who built it?",
                    is_impossible=True,
                    plausible_answers=[{"text": "six", "answer_start": 21}],
                ),
            ],
        }
    )
    write(source, {"dev.json": squad(two)})
    assert import_suite(source / "dev.json", out) == Imported(1, 3, 1, ())
    assert texts(out) == {"Old_Rome.txt": f"{ROME}\n\n{HARBOUR}"}
    where, crosses = ("Old_Rome.txt",), ("The river Tiber crosses it.",)
    assert load_suite(out).cases == (
        Case("a", "What crosses it?", True, ("river Tiber",), where, crosses),
        Case("b", "When does it close?", True, ("nine", "at nine"), where, ("It closes at nine.",)),
        Case("c", "Who built it?", False, (), where),
    )  # fmt: skip


def test_the_paragraph_is_the_evidence_where_the_sentence_occurs_twice_or_is_not_one(
    source, out, write
):
    asked = [
        question("twice", "How is Rome?", ("old", 8)),
        question("two", "What is said?", ("old. The river", 8)),
    ]
    write(source, {"dev.json": squad(article("Rome", ROME, *asked))})
    import_suite(source, out)  # the folder of the file does as well
    assert [case.evidence for case in load_suite(out).cases] == [(ROME,), (ROME,)]


def test_an_answer_that_is_not_at_answer_start_is_found_if_it_occurs_once_and_else_told(
    source, out, write
):
    asked = [
        question("once", "Which river?", ("Tiber", 2)),
        question("some", "Which city?", ("Rome", 3), ("Rome", 0)),
        question("none", "Which hill?", ("Capitol", 0)),
        question("empty", "Which one?", ("", -1)),
    ]
    write(source, {"dev.json": squad(article("Rome", ROME, *asked))})
    imported = import_suite(source, out)
    assert [case.id for case in load_suite(out).cases] == ["once", "some"]
    assert imported.left_out == (
        ("answer 'Rome' of question some", "it is not at answer_start"),
        ("answer 'Capitol' of question none", "it is not at answer_start"),
        ("question none", "no answer of it can be used, and is_impossible is not true"),
        ("answer '' of question empty", "it is not at answer_start"),
        ("question empty", "no answer of it can be used, and is_impossible is not true"),
    )


def test_questions_and_paragraphs_that_cannot_be_used_are_told(source, out, write):
    good = question("a", "Which river?", ("Tiber", 23))
    asked = [
        good,
        good,
        question("blank", "  "),
        question("odd", "Which?", is_impossible="no"),
        question("", "Which one?", ("Tiber", 23)),
    ]
    empty = article("Empty", " \n", question("b", "Which?"))
    write(source, {"dev.json": squad(article("Rome", ROME, *asked), empty)})
    imported = import_suite(source, out)
    assert [case.id for case in load_suite(out).cases] == ["a", "case-2"]
    assert imported.left_out == (
        ("question a", "another question has the same id"),
        ("question blank", "the question is empty"),
        ("question odd", "is_impossible is neither true nor false, but 'no'"),
        ("paragraphs[1] of Empty", "its context is empty: it and its 1 questions are not used"),
        ("Empty", "it has no text"),
    )


def test_hostile_titles_make_files_within_the_documents_that_do_not_replace_each_other(
    source, out, write
):
    titles = ["../x", "/etc/passwd", "a\0b", "CON", "rome", "Rome", "", "é" * 300, "\ud800", ".git"]
    articles = [
        article(title, f"Text {n}.", question(f"q{n}", "Which?", (f"Text {n}", 0)))
        for n, title in enumerate(titles)
    ]
    write(source, {"dev.json": squad(*articles)})
    assert import_suite(source, out) == Imported(10, 10, 0, ())
    assert set(texts(out)) == {
        *("_x.txt", "_etc_passwd.txt", "a_b.txt", "_CON.txt", "rome.txt", "Rome-2.txt"),
        *("article_7.txt", "é" * 60 + ".txt", "_.txt", "git.txt"),
    }
    for n, case in enumerate(load_suite(out).cases):
        assert texts(out)[case.sources[0]] == f"Text {n}."
    assert sorted(path.name for path in out.parent.iterdir()) == ["source", "suite"]


def test_a_text_is_written_so_that_it_is_read_as_it_was_and_offsets_hold(source, out, write):
    context = "One\0 \ud800.\r\nThe Tiber\u2028flows.\rEnd."
    asked = question("q\ud800", "What\0?", ("Tiber", context.index("Tiber")))
    write(source, {"dev.json": b"\xef\xbb\xbf" + squad(article("A", context, asked)).encode()})
    import_suite(source, out)
    (case,) = load_suite(out).cases
    text = (out / "documents" / "A.txt").read_text(encoding="utf-8")
    assert text == "One\ufffd \ufffd. \nThe Tiber\u2028flows.\nEnd."
    assert (case.id, case.question) == ("q\ufffd", "What\ufffd?")
    assert "Tiber" in case.evidence[0]
    assert case.evidence[0] in text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", r"dev\.json is not JSON .*line 1, column 2.*: repair it"),
        ("[" * 100_000, r"dev\.json cannot be read as JSON"),
        (b"\xff\xfe{", r"dev\.json:1 is not UTF-8 .*: save it as UTF-8"),
        ("[]", "has no list 'data'"),
        ('{"data": [3]}', r"data\[1\] is not an object"),
        ('{"data": [{"title": 5, "paragraphs": []}]}', r"data\[1\] has no text 'title'"),
        ('{"data": [{"paragraphs": [{"qas": []}]}]}', r"paragraphs\[1\] has no text 'context'"),
        ('{"data": [{"paragraphs": [{"context": "a"}]}]}', "has no list 'qas'"),
        (
            squad(article("A", "b", {"id": "q", "question": "Which?", "answers": [{"text": "b"}]})),
            r"qas\[1\]\.answers\[1\] has no number 'answer_start'",
        ),
        (squad(), "no question that can be used"),
        (squad(article("A", "b", question("q", ""))), r"first: question q \(the question is empty"),
    ],
)
def test_malformed_squad_is_refused_with_its_place(source, out, write, content, reason):
    write(source, {"dev.json": content})
    refused(source / "dev.json", out, reason)


# BEIR and TREC


def test_beir_becomes_an_entry_a_document_and_the_relevant_ones_sources(source, out, write):
    write(source, beir())
    assert import_suite(source, out) == Imported(
        3, 1, 0, (("2 queries (q2, q3)", "no relevant document in test.tsv"),)
    )
    assert texts(out) == {
        "d1.txt": "Rome\n\nIt is old.\n",
        "d2.txt": "The Tiber.\n",
        "d3.txt": "Unused.\n",
    }
    assert load_suite(out).cases == (Case("q1", "How old?", True, (), ("d1.txt", "d2.txt")),)


def test_the_split_of_beir_is_test_else_dev_else_train_or_the_named_one(source, out, write):
    write(source, beir())
    import_suite(source, out, split="train")
    assert [case.id for case in load_suite(out).cases] == ["q2"]
    refused(
        source, out.with_name("b"), "has no split '../x': name one of test, train", split="../x"
    )
    (source / "qrels" / "test.tsv").rename(source / "qrels" / "odd.tsv")
    import_suite(source, out.with_name("c"))
    assert [case.id for case in load_suite(out.with_name("c")).cases] == ["q2"]
    (source / "qrels" / "train.tsv").rename(source / "qrels" / "even.tsv")
    refused(source, out.with_name("d"), "neither test, dev nor train: name one of even, odd")
    (source / "qrels" / "even.tsv").unlink()
    import_suite(source, out.with_name("e"))
    assert [case.id for case in load_suite(out.with_name("e")).cases] == ["q1"]


def test_ids_of_beir_may_be_numbers_and_hostile_and_alike(source, out, write):
    ids = ["../../x", "A", "a", "NUL", "x" * 400, "-rf", 12]
    corpus = "".join(json.dumps({"_id": name, "text": f"Text {name}."}) + "\n" for name in ids)
    qrels = "".join(f"q\t{name}\t1\n" for name in ids)  # without a header
    write(
        source,
        beir() | {"corpus.jsonl": corpus, "qrels/test.tsv": qrels}
        | {"queries.jsonl": '\ufeff{"_id": "q", "text": "Which?"}\r\n\r\n'},
    )  # fmt: skip
    assert import_suite(source, out).documents == len(ids)
    (case,) = load_suite(out).cases
    assert [texts(out)[name] for name in case.sources] == [f"Text {name}.\n" for name in ids]
    assert case.sources[1:4] == ("A.txt", "a-2.txt", "_NUL.txt")


def test_documents_and_queries_of_beir_that_cannot_be_used_are_told(source, out, write):
    changes = {
        "corpus.jsonl": '{"_id": "d1", "text": "One."}\n{"_id": "d1", "text": "Two."}\n'
        '{"_id": "d2", "title": " ", "text": ""}\n',
        "queries.jsonl": '{"_id": "q1", "text": "Which?"}\n{"_id": "q2", "text": "Who?"}\n'
        '{"_id": "q3", "text": " "}\n{"_id": "q1", "text": "Again?"}\n',
        "qrels/test.tsv": "q1\td1\t1\nq1\td9\t1\nq2\td2\t1\nq3\td1\t1\nq4\td1\t1\n",
    }
    write(source, beir() | changes)
    imported = import_suite(source, out)
    assert (imported.documents, imported.cases) == (1, 1)
    assert imported.left_out == (
        ("document d1", f"its id was there before ({source}/corpus.jsonl:2)"),
        ("document d2", f"it has no text ({source}/corpus.jsonl:3)"),
        ("document d9 of query q1", "it is not used from corpus.jsonl"),
        ("document d2 of query q2", "it is not used from corpus.jsonl"),
        ("query q2", "none of its relevant documents is used from corpus.jsonl"),
        ("query q3", f"it has no text ({source}/queries.jsonl:3)"),
        ("query q1", f"its id was there before ({source}/queries.jsonl:4)"),
        ("1 query (q4)", "judged in test.tsv, but not in queries.jsonl"),
    )


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("corpus.jsonl", '{"_id": "d1", "text": "a"}\n{\n', r"corpus\.jsonl:2 is not JSON"),
        ("corpus.jsonl", "[]\n", r"corpus\.jsonl:1 is not a JSON object"),
        ("corpus.jsonl", '{"text": "a"}\n', r"corpus\.jsonl:1 has no text '_id'"),
        ("corpus.jsonl", '{"_id": " ", "text": "a"}\n', r"corpus\.jsonl:1 has an empty '_id'"),
        ("corpus.jsonl", '{"_id": "a", "text": 1}\n', r"corpus\.jsonl:1 has no text 'text'"),
        ("corpus.jsonl", b'\n{"_id": "\xe9"}\n', r"corpus\.jsonl:2 is not UTF-8"),
        ("queries.jsonl", '{"_id": true}\n', r"queries\.jsonl:1 has no text '_id'"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1 d1 1\n", r"test\.tsv:2 is no judgement"),
        ("qrels/test.tsv", "q1\td1\t1\nq1\td2\thigh\n", r"test\.tsv:2 is no judgement: 3 columns"),
        ("qrels/test.tsv", "q1\td1\t0\n", "no judgement with a score above 0"),
    ],
)
def test_malformed_beir_is_refused_with_file_and_line(source, out, write, name, content, told):
    write(source, beir() | {name: content})
    refused(source, out, told)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl"])
def test_a_file_of_beir_that_is_missing_is_named(source, out, write, name):
    write(source, beir())
    (source / name).unlink()
    refused(source, out, f"lacks {name}")


def test_trec_becomes_a_line_a_document_and_the_relevant_ones_sources(source, out, write):
    write(source, trec())
    assert import_suite(source, out) == Imported(2, 2, 0, ())
    assert texts(out) == {"d1.txt": "Rome is\told.\n", "d2.txt": "The Tiber.\n"}
    assert load_suite(out).cases == (
        Case("7", "How old?", True, (), ("d1.txt",)),
        Case("8", "River?", True, (), ("d2.txt",)),
    )


def test_trec_may_have_its_collection_as_in_beir(source, out, write):
    files = trec()
    del files["collection.tsv"]
    write(source, files | {"corpus.jsonl": beir()["corpus.jsonl"]})
    assert import_suite(source, out).documents == 3


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("topics.tsv", "<top>\n", r"topics\.tsv:1 is not an id, a tab and a text"),
        ("collection.tsv", "d1\ta\n\ttext\n", r"collection\.tsv:2 is not an id"),
        ("qrels.txt", "7 0 d1 1\n7 0 d1\n", r"qrels\.txt:2 is no judgement: 4 columns"),
    ],
)
def test_malformed_trec_is_refused_with_file_and_line(source, out, write, name, content, told):
    write(source, trec() | {name: content})
    refused(source, out, told)


# CSV


TABLE = """\
ID,Question,Answers,Document,Evidence,Answerable,Kind,Note
a,When does it open?,six|6:00| six ,harbour.txt,harbour opens  at six.,,hours,x
b,"Who, then, built it?",,sub/town.txt,,no,,
c,Where is it?,,harbour.txt,,,,
d,Why?,,,,,,
"""
FOLDER = {"harbour.txt": HARBOUR, "sub/town.txt": "A town.", "plan.pdf": "%PDF-"}


@pytest.fixture
def documents(tmp_path, write) -> Path:
    write(tmp_path / "folder", FOLDER)
    return tmp_path / "folder"


def test_a_table_becomes_its_rows_over_a_copy_of_the_folder(source, out, write, documents):
    write(source, {"table.csv": "\ufeff" + TABLE})
    imported = import_suite(source / "table.csv", out, documents=documents)
    assert imported == Imported(3, 4, 2, ())
    assert texts(out) == FOLDER
    harbour = ("harbour.txt",)
    assert load_suite(out).cases == (
        Case("a", "When does it open?", True, ("six", "6:00"), harbour,
             ("harbour opens  at six.",), kind="hours"),
        Case("b", "Who, then, built it?", False, (), ("sub/town.txt",)),
        Case("c", "Where is it?", True, (), harbour),
        Case("d", "Why?", False),
    )  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_may_have_semicolons_or_tabs_and_texts_of_several_lines(
    source, out, write, documents, delimiter
):
    rows = [["question", "answer"], ['"What, now; \r\nor ""when""?"', "six"], ["Why?", "no, never"]]
    rows[2][1] = f'"{rows[2][1]}"'
    content = "\r\n".join(delimiter.join(row) for row in rows)
    write(source, {"table.csv": content})
    import_suite(source, out, documents=documents)
    assert load_suite(out).cases == (
        Case("case-1", 'What, now;  \nor "when"?', True, ("six",)),
        Case("case-2", "Why?", True, ("no, never",)),
    )


def test_without_a_folder_the_contexts_of_a_table_are_its_documents(source, out, write):
    table = (
        "question,answer,source,context\n"
        f'When?,six,../Harbour guide,"{HARBOUR}"\n'
        f'Until when?,nine,../Harbour guide,"{HARBOUR}"\n'
        "What else?,boats,../Harbour guide,It has boats.\n"
        "Which river?,Tiber,,The Tiber.\n"
        "Who?,,../Harbour guide,\n"
        "Where?,here,nowhere,\n"
        "Why?,,,\n"
    )
    write(source, {"table.csv": table})
    imported = import_suite(source, out)
    assert imported == Imported(
        2, 6, 1,
        (("line 9 of table.csv", "no line has a context of the document 'nowhere'"),),
    )  # fmt: skip
    assert texts(out) == {
        "_Harbour_guide.txt": f"{HARBOUR}\n\nIt has boats.\n",
        "context-2.txt": "The Tiber.\n",
    }
    cases = load_suite(out).cases
    assert [case.sources for case in cases] == [
        *[("_Harbour_guide.txt",)] * 3, ("context-2.txt",), ("_Harbour_guide.txt",), ()
    ]  # fmt: skip
    assert cases[0].evidence == (HARBOUR,)


def test_the_documents_are_the_contexts_where_a_table_has_evidence_as_well(source, out, write):
    table = (
        "question,answer,context,evidence\n"
        f'When?,six,"{HARBOUR}",opens at six\n'
        f'When?,ten,"{HARBOUR}",opens at ten\n'
    )
    write(source, {"table.csv": table})
    assert import_suite(source, out).left_out == (
        ("line 4 of table.csv", "its evidence is not in context-1.txt: quote it verbatim"),
    )
    (case,) = load_suite(out).cases
    assert (case.sources, case.evidence) == (("context-1.txt",), ("opens at six",))


def test_a_document_is_found_by_its_file_name_and_by_the_evidence(source, out, write, documents):
    table = (
        "question,answer,source,evidence\n"
        "What?,town,town.txt,\n"
        "Both?,both,documents/harbour.txt | town.txt,\n"
        "When?,six,,It closes at nine.\n"
        "Plan?,plan,plan.pdf,What a PDF says\n"
    )
    write(source, {"table.csv": table})
    import_suite(source, out, documents=documents)
    assert [case.sources for case in load_suite(out).cases] == [
        ("sub/town.txt",),
        ("harbour.txt", "sub/town.txt"),
        ("harbour.txt",),
        ("plan.pdf",),
    ]


def test_rows_that_cannot_be_used_are_told_with_their_lines(source, out, write, documents):
    table = (
        "question,answer,source,evidence,answerable\n"
        '"Kept,\nover lines?",yes,,,\n'
        " ,six,,,\n"
        "Said?,six,,,perhaps\n"
        "Outside?,six,../folder/harbour.txt,,\n"
        "Quoted?,six,harbour.txt,It never closes.,\n"
        "Anywhere?,six,,It never closes.,\n"
        "Nothing?,,,,yes\n"
        ",,,,\n"
    )
    write(source, {"table.csv": table})
    imported = import_suite(source, out, documents=documents)
    assert [case.question for case in load_suite(out).cases] == ["Kept,\nover lines?"]
    assert [(what.split()[1], why.partition(":")[0]) for what, why in imported.left_out] == [
        ("4", "the question is empty"),
        ("5", "answerable is 'perhaps'"),
        ("6", "the document '../folder/harbour.txt' is not in the folder of documents "
              "(or more than once)"),
        ("7", "its evidence is not in harbour.txt"),
        ("8", "its evidence is in no plain text"),
        ("9", "it is answerable, but has neither answer nor source"),
    ]  # fmt: skip


def test_links_hidden_files_and_pipes_are_not_copied_and_told(source, out, write, documents):
    write(source, {"table.csv": "question,answer\nWhen?,six\n"})
    write(documents, {".hidden": "a", ".git/config": "b"})
    (documents / "link.txt").symlink_to(source / "table.csv")
    (documents / "linked").symlink_to(source)
    os.mkfifo(documents / "pipe")
    (documents / os.fsdecode(b"\xff.txt")).write_text("a")
    imported = import_suite(source, out, documents=documents)
    assert texts(out) == FOLDER
    assert sorted(imported.left_out) == [
        (".git", "hidden files and folders are not read"),
        (".hidden", "hidden files and folders are not read"),
        ("\\udcff.txt", "its name is not valid UTF-8: rename it"),
        ("link.txt", "it is a link: put the file itself there"),
        ("linked", "it is a link: put the file itself there"),
        ("pipe", "it is not a regular file"),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty: a header"),
        ("frage,antwort\nWann?,6\n", "no column 'question' but 'frage', 'antwort'"),
        ("question,answer,Answers\na,b,c\n", "two columns for the answer"),
        ("question,answer\na,b\nc,d,e\n", r"table\.csv:3 has 3 fields, the header 2"),
        ('question,answer\na,"b\nc\n', r"table\.csv:2 is no row of CSV"),
        (b"question,answer\nk\xf6nnen?,b\n", r"table\.csv:2 is not UTF-8 .*: save it as UTF-8"),
        ("question,answer\n".encode("utf-16"), r"table\.csv:1 is not UTF-8"),
        ("question,answer\n", "no question that can be used"),
        ("question,answer\na," + "b" * 140_000, r"table\.csv:2 is no row of CSV \(field larger"),
    ],
)
def test_a_malformed_table_is_refused_with_its_line(source, out, write, documents, content, told):
    write(source, {"table.csv": content})
    refused(source, out, told, documents=documents)


def test_a_table_without_contexts_needs_a_folder_that_is_not_around_the_suite(
    source, out, write, documents
):
    write(source, {"table.csv": "question,answer\nWhen?,six\n"})
    refused(source, out, "name the folder that holds the documents")
    refused(source, out, "nowhere is not a folder", documents=source / "nowhere")
    refused(source, documents / "suite", "would lie within", documents=documents)
    (source / "empty").mkdir()
    refused(source, out, "has no documents", documents=source / "empty")


# The whole


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_exists_is_never_overwritten(source, out, write, kind):
    write(source, trec())
    if kind == "link":
        out.symlink_to(out.with_name("nowhere"))
    else:
        out.mkdir() if kind == "folder" else out.write_text("mine")
    refused(source, out, "exists: name a folder that does not")


def test_a_suite_has_the_permissions_of_other_folders(source, out, write):
    write(source, trec())
    import_suite(source, out)
    assert out.stat().st_mode == source.stat().st_mode


def test_an_import_that_is_interrupted_leaves_nothing(source, out, write, monkeypatch):
    write(source, trec())

    def interrupt(path: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        import_suite(source, out)
    assert sorted(path.name for path in out.parent.iterdir()) == ["source"]


def test_a_folder_that_cannot_hold_the_suite_is_named(source, out, write):
    write(source, trec())
    with pytest.raises(SuiteError, match=r"no folder .*nowhere: make it first"):
        import_suite(source, out.with_name("nowhere") / "suite")
    refused(source, out.with_name("x" * 300), r"cannot make .*File name too long")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.txt": "b"}, "is of no known form: name the form"),
        ({"a.json": "{}", "b.csv": ""}, "could be csv or squad: name the form"),
        ({"a.json": "{}", "b.json": "{}"}, r"holds a\.json, b\.json: name the file"),
    ],
)
def test_a_form_that_is_not_clear_is_asked_for(source, out, write, files, told):
    write(source, files)
    refused(source, out, told)


def test_what_does_not_go_with_the_form_is_refused(source, out, write, documents):
    write(source, trec())
    refused(source, out, "trec has no splits", split="test")
    refused(source, out, "a folder of documents is for csv only", documents=documents)
    refused(source, out, "no form 'xml': name one of squad, beir, trec, csv", form="xml")
    refused(source / "topics.tsv", out, "is a file: name the folder", form="beir")
    refused(source, out, "holds no file of squad", form="squad")
    refused(source / "nowhere", out, "no file or folder")


def test_the_form_can_be_named_for_a_file_of_another_name(source, out, write, documents):
    write(source, {"table.txt": TABLE})
    assert import_suite(source / "table.txt", out, form="csv", documents=documents).cases == 4


hostile = st.one_of(
    st.text(max_size=8),
    st.text(alphabet="aAßsſ./\\-2 é\u0301~\0", max_size=6),
    st.sampled_from(["con", "COM1.txt", "..", "x" * 300, "漢" * 100, "a.txt", "A.TXT", "\ud800"]),
)


@given(st.lists(hostile, max_size=20))
def test_any_titles_make_safe_names_that_are_different_files_everywhere(titles):
    names = FileNames()
    made = [names.add(title) for title in titles]
    for name in made:
        assert seed_name(name, ocr=False) == name  # what the documents folder accepts as it is
        assert Path(name).name == name
        assert len(name.encode()) <= 140
        assert not set(name) & set('<>:"/\\|?*\0')
        assert name.split(".")[0].lower() not in {"con", "com1", "nul"}
    assert len({unicodedata.normalize("NFD", name).casefold() for name in made}) == len(made)
