"""Judged measures: what counts as a verdict, what is never judged, a real model as the judge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from eval.opinion import JUDGED, judge_rows
from rag.errors import GeneratorError
from tests.reports import judged_row

WHOLE = ("YES", "yes.", "5\nIt is the same.")


class Scripted:
    """A model that gives its replies in order, a character at a time, and notes what it was asked.

    ``read`` is how many characters of each were taken.
    """

    name = "scripted"

    def __init__(self, *replies: str | Exception) -> None:
        self._replies = list(replies)
        self.asked: list[tuple[str, str]] = []
        self.read: list[int] = []

    def stream(self, system: str, user: str) -> Iterator[str]:
        reply = self._replies[len(self.asked)]
        self.asked.append((system, user))
        self.read.append(0)
        if isinstance(reply, Exception):
            raise reply
        for character in reply:
            self.read[-1] += 1
            yield character


def judged(*replies: str | Exception, **more) -> dict:
    (found,) = judge_rows([judged_row(**more)], Scripted(*replies))
    return found


def test_a_row_is_judged_on_its_question_answer_quotes_and_expected_answers():
    model = Scripted("YES", "NO", "4\nAlmost.")
    assert judge_rows([judged_row()], model) == [
        {"faithfulness": 1.0, "relevancy": 0.0, "correctness": 0.75}
    ]
    faithfulness, relevancy, correctness = model.asked
    for _, user in (faithfulness, relevancy):
        assert "The ferry to Lindal leaves at 7:40.\n\nFrom pier four." in user
    assert "When does the ferry" not in faithfulness[1]
    assert "Question: When does the ferry to Lindal leave?\nResponse: The ferry" in relevancy[1]
    assert "between 1 and 5" in correctness[0]
    assert "## Reference Answer\n7:40 or twenty to eight" in correctness[1]


def test_text_that_looks_like_a_template_or_a_token_stays_text():
    odd = "{context_str} {existing_answer} {0} {{x}} <|endoftext|>"
    model = Scripted(*WHOLE)
    judge_rows(
        [judged_row(question=odd, answer=odd, citations=[{"quote": odd}], answers=[odd])], model
    )
    assert [user.count(odd) for _, user in model.asked] == [2, 3, 3]


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("YES", 1.0),
        ("\n\n  **Yes**, it is supported.", 1.0),
        ("no", 0.0),
        ("NO. Yesterday it did.", 0.0),  # llama-index alone: "yes" is in it
        ("Yes, no doubt.", 1.0),
        ("The answer is NO", 0.0),
        ("NO\nYES", 0.0),
    ],
)
def test_the_first_word_or_the_only_one_in_capitals_is_the_verdict(reply, value):
    found = judged(reply, *WHOLE[1:])
    assert found == {"faithfulness": value, "relevancy": 1.0, "correctness": 1.0}


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("", "neither"),
        (" \n ", "neither"),
        ("The ferry leaves at 7:40.", "neither"),
        ("Nobody knows.", "neither"),
        ("Yesterday", "neither"),
        ("I see no proof", "neither"),
        ("Either YES or NO", "both"),
        ("YES/NO", "both"),
    ],
)
def test_a_reply_without_a_verdict_is_not_judged_and_never_zero(reply, told):
    found = judged(reply, *WHOLE[1:])
    assert found["faithfulness"] is None
    assert f"which is {told} YES " in found["faithfulness_reason"]
    assert (found["relevancy"], found["correctness"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("5", 1.0),
        ("1.0", 0.0),
        ("3/5\nGood.", 0.5),
        ("**Score: 2**\nMistakes.", 0.25),
        ("4.5", 0.875),
    ],
)
def test_scores_of_one_to_five_are_spread_over_zero_to_one(reply, value):
    assert judged("YES", "YES", reply)["correctness"] == pytest.approx(value)


@pytest.mark.parametrize(
    "reply", ["", "0", "6", "45", "-3 or so", "Good.", "I give it 4 of 5", "nan"]
)
def test_a_score_that_is_none_of_one_to_five_is_not_judged(reply):
    found = judged("YES", "YES", reply)
    assert found["correctness"] is None
    assert "no score of 1 to 5" in found["correctness_reason"]


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({"error": "ValueError: no", "answer": None, "abstained": None}, ["failed"] * 3),
        ({"abstained": True}, ["no answer was given"] * 3),
        ({"abstained": None, "answer": None}, ["no answer was given"] * 3),
        ({"citations": []}, ["cites nothing", "cites nothing", None]),
        ({"answerable": False}, [None, None, "do not answer"]),
        ({"answers": []}, [None, None, "no expected answer"]),
    ],
)
def test_what_cannot_be_judged_is_not_shown_to_the_judge(more, reasons):
    model = Scripted(*(WHOLE[2:] if reasons[0] and not reasons[2] else WHOLE))
    (found,) = judge_rows([judged_row(**more)], model)
    assert len(model.asked) == reasons.count(None)
    for name, reason in zip(JUDGED, reasons, strict=True):
        assert (found[name] is None) == (reason is not None)
        assert reason is None or reason in found[f"{name}_reason"]


def test_a_model_that_fails_once_leaves_the_rest_judged():
    model = Scripted("YES", GeneratorError("the server is away"), "5", *WHOLE)
    one, other = judge_rows([judged_row(), judged_row()], model)
    assert one["relevancy"] is None
    assert one["relevancy_reason"] == "the server is away"
    assert (one["faithfulness"], one["correctness"]) == (1.0, 1.0)
    assert other == dict.fromkeys(JUDGED, 1.0)


def test_the_judge_is_stopped_after_the_line_that_holds_its_verdict():
    model = Scripted("\nYES\nAnd so on." * 50, "word " * 1000, "5\n" + "It is right. " * 50)
    (found,) = judge_rows([judged_row()], model)
    assert model.read == [5, 500, 2]
    assert found["relevancy_reason"].endswith("…”, which is neither YES nor NO")


def test_an_answer_that_is_longer_than_the_context_is_not_judged():
    found = judged("5", answer="word " * 6000)
    assert found["faithfulness"] is None
    assert "context size" in found["faithfulness_reason"]
    assert found["correctness"] == 1.0


def test_no_rows_are_judged_without_the_model():
    assert judge_rows([], Scripted()) == []
