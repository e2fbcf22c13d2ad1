"""A conversation as a window holds it: kept, stopped, edited, judged, reopened, exported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.errors import SuiteError
from rag.assemble import Services
from rag.conversations.archive import Archive, Feedback
from rag.conversations.export import conversation_json, conversation_markdown
from rag.conversations.preferences import assistant_of
from rag.errors import ConversationMissingError
from rag.settings import Settings
from ui.chat.answers import answer_html, document_html, evidence_html, no_evidence_html
from ui.chat.feedback import UNANSWERABLE, Complaint, case_of, complaint_html
from ui.chat.talk import Talk, Visitor, answered, ask, history, judged, messages, reopened, stopped

BUILT = "When was the harbour of Lindal built?"
MASTER = "Who is its harbour master?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, write):
    place = tmp_path_factory.mktemp("talk")
    write(
        place / "seeds",
        {
            "harbour.md": "# The harbour\n\nThe harbour of Lindal was built in 1931. "
            "The harbour master is <b>Anna Berg</b>.\n",
            "other.md": "# Lindal\n\nLindal has a school and a church.\n",
        },
    )
    return place


@pytest.fixture(scope="module")
def visitor(folder, real_embedder) -> Visitor:
    services = Services(Settings(seeds=folder / "seeds", home=folder / "home"))
    services.use_embedder(real_embedder)
    services.builder.build()
    return Visitor(services, Archive(folder / "home"), "ann")


def said(visitor: Visitor, talk: Talk, question: str, chosen: tuple[str, ...] = ()):
    for event in ask(visitor, visitor.services.assistant, talk, question, chosen):  # noqa: B007
        pass
    return event


def test_a_talk_is_kept_and_reopened_as_it_was_shown(visitor) -> None:
    talk, answer = said(visitor, Talk(), BUILT)
    assert answer is not None
    talk, _ = said(visitor, talk, MASTER)
    again = reopened(visitor, talk.id)
    assert again == talk
    assert answered(visitor, again, 1) == (answer, {})
    assert [message["role"] for message in messages(again)] == ["user", "assistant"] * 2
    assert [message.role for message in history(again, 2)] == ["user", "assistant"]


def test_what_is_edited_replaces_what_follows(visitor) -> None:
    talk, _ = said(visitor, Talk(), BUILT)
    talk, _ = said(visitor, talk, MASTER)
    edited = replace(talk, editing=1)
    talk, _ = said(visitor, edited, "Is there a school in Lindal?")
    assert [turn.question for turn in talk.turns] == ["Is there a school in Lindal?"]
    again = reopened(visitor, talk.id)
    assert replace(again, seen=talk.seen) == talk
    assert again.seen <= talk.seen  # with those that are gone


def test_risk_7_a_second_window_of_a_conversation_loses_nothing(visitor) -> None:
    one, _ = said(visitor, Talk(), "When does the ferry leave?")
    two = reopened(visitor, one.id)
    one, _ = said(visitor, one, "Who is the captain of the ferry?")
    two, _ = said(visitor, two, "Where does the ferry dock?")
    questions = [turn.question for turn in reopened(visitor, one.id).turns]
    assert len(questions) == 3
    assert [turn.question for turn in two.turns] == questions
    one, _ = said(visitor, replace(one, editing=1), "When does the ferry come back?")
    assert [turn.question for turn in one.turns[:3]] == questions
    assert len(one.turns) == 4


def test_risk_7_an_answer_that_another_window_replaced_is_not_judged_in_its_place(visitor) -> None:
    one, _ = said(visitor, Talk(), "When does the ferry leave?")
    two = reopened(visitor, one.id)
    said(visitor, replace(two, editing=1), "Who is the captain of the ferry?")
    with pytest.raises(ConversationMissingError, match="another window"):
        judged(visitor, one, 1, Feedback(True))
    with pytest.raises(ConversationMissingError, match="another window"):
        answered(visitor, one, 1)


def test_a_question_that_fails_is_not_kept_and_gives_way_to_the_next(visitor) -> None:
    talk, answer = said(visitor, Talk(), "x" * 5000)
    assert answer is None
    assert "shorten it" in talk.turns[0].shown
    talk, _ = said(visitor, talk, BUILT)
    assert [turn.question for turn in talk.turns] == [BUILT]


def test_stopping_keeps_what_was_verified(visitor) -> None:
    talk = Talk()
    for now, _ in ask(visitor, visitor.services.assistant, talk, BUILT, ()):
        if now.unfinished is not None and now.unfinished.sentences:
            talk = now
            break
    talk, answer = stopped(visitor, talk)
    assert answer is not None
    assert "1931" in answer.text
    assert "Stopped before the end." in talk.turns[0].shown
    assert "sure" not in talk.turns[0].shown.replace("not sure", "")
    assert reopened(visitor, talk.id) == talk


def test_the_chat_can_be_narrowed_to_documents(visitor) -> None:
    talk, answer = said(visitor, Talk(), "What does Lindal have?", ("other.md",))
    assert {passage.chunk.document_id for passage in answer.passages} == {"other.md"}
    assert talk.id


def test_without_a_name_nothing_is_kept_but_the_window_holds_it(visitor) -> None:
    nobody = Visitor(visitor.services, visitor.archive, "")
    talk, answer = said(nobody, Talk(), BUILT)
    assert talk.id == ""
    assert answered(nobody, talk, 1) == (answer, {})
    with pytest.raises(ConversationMissingError):
        judged(nobody, talk, 1, Feedback(True))


def test_a_judgement_is_kept_and_shown(visitor) -> None:
    talk, _ = said(visitor, Talk(), BUILT)
    talk = judged(visitor, talk, 1, Feedback(False, "The answer is wrong: it was later"))
    assert "fn-do-dislike fn-turn-1 fn-on" in talk.turns[0].shown
    (turn,) = visitor.archive.turns("ann", talk.id)
    assert turn.feedback == Feedback(False, "The answer is wrong: it was later")
    assert reopened(visitor, talk.id) == talk


def test_a_complaint_becomes_a_case(visitor) -> None:
    talk, _ = said(visitor, Talk(), BUILT)
    talk, answer = said(visitor, talk, MASTER)
    complaint = Complaint("The answer is wrong", " it was later ", " in  1932 ", True)
    assert complaint.message == "The answer is wrong: it was later"
    case = case_of(answer, complaint, history(talk, 2))
    assert (case.question, case.answers, case.answerable) == (MASTER, ("in 1932",), True)
    assert case.history[0].content == BUILT
    none = case_of(answer, Complaint(UNANSWERABLE, "", "", True), ())
    assert (none.answers, none.answerable) == ((), False)
    with pytest.raises(SuiteError, match="needs the right answer"):
        case_of(answer, Complaint("The answer is wrong", "", " ", True), ())
    assert "&lt;b&gt;" in complaint_html(1, "<b>", trouble="<b>")


def test_evidence_and_document_escape_what_they_quote(visitor) -> None:
    _, answer = said(visitor, Talk(), "Who is the harbour master?")
    generation = visitor.services.searcher.generation()
    cards = evidence_html(1, answer, generation)
    opened = document_html(1, 1, answer, generation)
    for shown in (cards, opened):
        assert "<mark>" in shown
        assert "<b>Anna" not in shown
        assert "Anna Berg" in shown
    assert "<b># The harbour</b>" in opened  # a heading of the document
    assert "no such citation" in document_html(1, 9, answer, generation)


def test_evidence_has_the_query_the_language_and_no_name_twice(tmp_path, real_embedder, write):
    title = "Die Regeln des Bootshauses von Velden am See für alle Gäste und für alle Mitglieder"
    rules = f"# {title} des Vereins\n\nDie Gebühr für ein Boot beträgt sechs Euro am Tag.\n"
    table = "name,town\nIda Lund,Velden\nKai Bort,Graz\nLeo Dorn,Velden\n"
    write(tmp_path / "seeds", {"rules.md": rules, "members.csv": table})
    services = Services(Settings(seeds=tmp_path / "seeds", home=tmp_path / "home"))
    services.use_embedder(real_embedder)
    services.builder.build()
    generation = services.searcher.generation()
    counted = services.assistant.ask("How many members are in Velden?")
    shown = answer_html(1, counted.sentences, (), counted)
    assert "Computed over all 3 rows" in shown
    assert "SELECT" not in shown
    assert "SELECT count" in evidence_html(1, counted, generation)
    assert "SELECT" in no_evidence_html("Nothing.", 1, counted.query)
    fee = services.assistant.ask("Wie hoch ist die Gebühr für ein Boot?")
    cards = evidence_html(1, fee, generation)
    assert '<blockquote lang="de">' in cards
    assert '<p class="fn-place">rules.md · characters' in cards
    assert '<div class="fn-text" lang="de">' in document_html(1, 1, fee, generation)


def test_what_changed_since_is_said(visitor, folder) -> None:
    talk, _ = said(visitor, Talk(), BUILT)
    changed = folder / "seeds" / "harbour.md"
    text = changed.read_text()
    changed.write_text(text.replace("1931", "1932"))
    visitor.services.builder.build()
    again = reopened(visitor, talk.id)
    assert "harbour.md has changed since this answer" in again.turns[0].shown
    answer, changes = answered(visitor, again, 1)
    assert changes == {"harbour.md": "changed"}
    cards = evidence_html(1, answer, visitor.services.searcher.generation(), changes)
    assert "This document has changed since" in cards
    assert "1931" in cards
    changed.unlink()
    visitor.services.builder.build()
    assert "is no longer in the folder" in reopened(visitor, talk.id).turns[0].shown
    changed.write_text(text)
    visitor.services.builder.build()


def test_an_export_has_footnotes_with_quotes(visitor) -> None:
    talk, _ = said(visitor, Talk(), BUILT)
    held = visitor.archive.conversation("ann", talk.id)
    turns = visitor.archive.turns("ann", talk.id)
    text = conversation_markdown(held, turns)
    assert "## When was the harbour of Lindal built?" in text
    assert "The harbour of Lindal was built in 1931.[^1-1]" in text
    assert "[^1-1]: The harbour (harbour.md, characters " in text
    exported = conversation_json(held, turns)
    assert exported["turns"][0]["question"] == BUILT
    assert exported["turns"][0]["documents"].keys() == {"harbour.md"}


def test_the_assistant_of_nobody_is_that_of_the_house(visitor) -> None:
    assert assistant_of(visitor.services, visitor.archive, "") is visitor.services.assistant
