"""Conversations are kept on disk, for each user, with the answers exactly as they were given."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from index.errors import HomeError
from index.types import Chunk, Passage, Span
from rag.conversations.archive import Archive, Feedback
from rag.errors import ConversationMissingError
from rag.types import Answer, Citation, Sentence

ANSWER = Answer(
    question="When was it built?",
    standalone_question="When was the harbour built?",
    sentences=(Sentence("Built in 1931.", (1,), 0.93, short_answer=Span(9, 13)),),
    citations=(
        Citation(1, "a.txt", "Harbour", Span(3, 17), "Built in 1931.", 2, ("A", "B"), "2025-01-02"),
    ),
    passages=(
        Passage(Chunk("a.txt#0-20", "a.txt", Span(0, 20), "x" * 20, ("A",), 2), 1, 0.8, 0.7, 0.5),
    ),
    abstention=None,
    confidence=0.81,
    generator="extractive",
    generation="g1",
    signals={"evidence": 1.5},
    timings_ms={"total": 12.0},
)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "home")


def test_an_answer_comes_back_as_it_was_given_also_after_a_restart(archive, tmp_path) -> None:
    begun = archive.begin("ann", ANSWER.question)
    archive.keep("ann", begun.id, ANSWER, number=1, steps=("searched",), documents={"a.txt": "abc"})
    (turn,) = Archive(tmp_path / "home").turns("ann", begun.id)
    assert turn.answer == ANSWER
    assert (turn.number, turn.steps, turn.documents) == (1, ("searched",), {"a.txt": "abc"})


def test_users_see_only_what_is_theirs(archive) -> None:
    begun = archive.begin("ann", "Mine?")
    archive.keep("ann", begun.id, ANSWER, number=1)
    assert archive.conversations("ben") == []
    for use in (
        lambda: archive.turns("ben", begun.id),
        lambda: archive.rename("ben", begun.id, "His"),
        lambda: archive.delete("ben", begun.id),
        lambda: archive.keep("ben", begun.id, ANSWER, number=1),
        lambda: archive.judge("ben", begun.id, 1, None),
    ):
        with pytest.raises(ConversationMissingError):
            use()
    assert archive.conversations("ann")[0].title == "Mine?"


def test_a_deleted_conversation_can_be_brought_back_until_the_next_is_deleted(archive) -> None:
    first, second = archive.begin("ann", "One?"), archive.begin("ann", "Two?")
    archive.delete("ann", first.id)
    assert [c.id for c in archive.conversations("ann")] == [second.id]
    assert archive.restore("ann").id == first.id
    archive.delete("ann", first.id)
    archive.delete("ann", second.id)
    assert archive.restore("ann").id == second.id
    assert archive.restore("ann") is None


def test_asking_a_turn_again_replaces_it_and_what_came_after(archive) -> None:
    begun = archive.begin("ann", "One?")
    for number in (1, 2, 3):
        archive.keep("ann", begun.id, ANSWER, number=number)
    seen = [turn.asked for turn in archive.turns("ann", begun.id)]
    archive.keep("ann", begun.id, ANSWER, number=2, seen=seen)
    assert [turn.number for turn in archive.turns("ann", begun.id)] == [1, 2]


def test_risk_7_a_turn_that_the_asker_did_not_see_is_never_replaced(archive) -> None:
    begun = archive.begin("ann", "One?")
    first = archive.keep("ann", begun.id, ANSWER, number=1)
    other = archive.keep("ann", begun.id, ANSWER, number=2)
    for number in (1, 2):
        kept = archive.keep("ann", begun.id, ANSWER, number=number, seen=[first.asked])
        assert kept.number == 2 + number
    turns = archive.turns("ann", begun.id)
    assert [turn.number for turn in turns] == [1, 2, 3, 4]
    assert turns[1].asked == other.asked


def test_search_looks_into_titles_questions_and_answers(archive) -> None:
    begun = archive.begin("ann", "A question about 100% of x_y")
    archive.keep("ann", begun.id, ANSWER, number=1)
    archive.begin("ann", "Something else")
    for words in ("QUESTION", "1931", "built harbour", "100%", "x_y"):
        assert [c.id for c in archive.conversations("ann", words)] == [begun.id], words
    assert archive.conversations("ann", "1931 nowhere") == []
    assert archive.conversations("ann", "%") == archive.conversations("ann", "100%")


def test_the_one_that_was_used_last_comes_first(archive) -> None:
    first, second = archive.begin("ann", "One?"), archive.begin("ann", "Two?")
    assert [c.id for c in archive.conversations("ann")] == [second.id, first.id]


def test_titles_feedback_and_preferences_are_kept(archive) -> None:
    begun = archive.begin("ann", "One?")
    archive.keep("ann", begun.id, ANSWER, number=1)
    archive.rename("ann", begun.id, "  The   harbour ")
    archive.rename("ann", begun.id, "   ")
    archive.judge("ann", begun.id, 1, Feedback(is_good=False, reason="wrong year"))
    assert archive.conversation("ann", begun.id).title == "The harbour"
    assert archive.turns("ann", begun.id)[0].feedback == Feedback(
        is_good=False, reason="wrong year"
    )
    archive.prefer("ann", {"k": 7})
    archive.prefer("ann", {"k": 8})
    assert archive.preferences("ann") == {"k": 8}
    assert archive.preferences("ben") == {}


def test_many_windows_write_at_once(archive) -> None:
    failed: list[Exception] = []

    def use(user: str) -> None:
        try:
            begun = archive.begin(user, "One?")
            for number in range(1, 6):
                archive.keep(user, begun.id, ANSWER, number=number)
        except Exception as exc:
            failed.append(exc)

    threads = [threading.Thread(target=use, args=(f"user{n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(archive.turns("user7", archive.conversations("user7")[0].id)) == 5


def test_a_file_of_a_later_version_or_none_at_all_is_an_error_in_words(archive, tmp_path) -> None:
    archive.begin("ann", "One?")
    path = tmp_path / "home" / "conversations.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(HomeError, match="has schema 99"):
        archive.conversations("ann")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "conversations.db").write_bytes(b"no database" * 100)
    with pytest.raises(HomeError, match="cannot be used"):
        Archive(tmp_path / "other").conversations("ann")
