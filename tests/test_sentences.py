"""Sentences: spans that lose nothing, and cuts where a reader would cut."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.sentences import sentence_spans

_ODD = (
    " \n\r\t\x0b\x0c\x1c\x1f\x85\u2028\u2029\xa0\u3000\u200b\ufeff\u0301\u200d"
    ".!?。！？…\"'“”’()[]-*+•#|>`~1aZ😀🇰🇷"
)
_FRAGMENTS = (
    "Dr. Lee ", "He left. ", "It is 3.14 m. ", "e.g. ", "U.S. ", "J. K. ", "“Yes.” ", "(No.) ",
    "- ", "1. ", "12) ", "• ", "# ", "| a | b |\n", "```\n", "> ", "中文。", "다. ", "...", "😀 ",
    "\r\n", "\n", "\n\n", "http://a.b/c.d ", "<|endoftext|>", "am 3. ", "Oktober ", "tel. ",
    "5 мая 2016 г. ", "до. ", "है। ", "डॉ. ", "„Ja.“ ", "「はい。」", "と", "(a) ", "Total: 5\n",
    "a line as long as one that is wrapped\n\n\x0c",
)  # fmt: skip
_characters = st.one_of(st.characters(codec="utf-8"), st.sampled_from(_ODD))
texts = st.one_of(
    st.text(_characters, max_size=80),
    st.lists(
        st.one_of(st.sampled_from(_FRAGMENTS), st.text(_characters, max_size=5)), max_size=25
    ).map("".join),
)
languages = st.sampled_from("en de fr ru cs fi ko zh ja hi ar th und xx no".split())


def sentences(text: str, language: str = "en") -> list[str]:
    return [span.of(text) for span in sentence_spans(text, language)]


@given(texts, languages)
@example("", "en")
@example(" \n\t ", "en")
@example("- ", "en")
@example("1.\n\ntext", "de")
@example("a\r\n\r\nb\rc", "en")
@example("👨‍👩‍👧‍👦 Family. 🇰🇷 Flag. e\u0301 accent.", "und")
@example("\ufeffBOM first. Then more.", "en")
def test_sentences_are_ordered_disjoint_trimmed_and_not_empty(text, language):
    at = 0
    for span in sentence_spans(text, language):
        assert at <= span.start < span.end <= len(text)
        assert span.of(text) == span.of(text).strip()
        at = span.end


@given(texts, languages)
@example("Mr. ", "en")
@example("No end", "en")
@example("- ", "en")
@example("- one\n-\n- two", "en")
@example("1.\n\ntext", "de")
@example("a\x1cb\x85c\u2028d", "en")
def test_sentences_together_hold_every_character_that_is_not_space(text, language):
    covered = set()
    for span in sentence_spans(text, language):
        covered.update(range(span.start, span.end))
    lost = [i for i, char in enumerate(text) if i not in covered and not char.isspace()]
    assert not lost, [text[i] for i in lost]


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Lee met Mr. Xi at 5 p.m. on Monday.",
        "The U.S. dollar rose by 3.5 percent.",
        "It weighs 18.9 tons, i.e. very much.",
        "See Fig. 3 and Sec. 2.1 for more.",
        "He read “Who Is There?” twice.",
        "The site https://example.org/a.html?b=1 is down.",
    ],
)
def test_an_abbreviation_a_number_or_an_address_ends_no_sentence(sentence):
    after = "They went home."
    assert sentences(f"{sentence} {after}") == [sentence, after]


def test_a_quotation_mark_stays_with_the_sentence_that_it_closes():
    text = "“We agree on peace,” Lee said. “It cannot be overstated.” Xi left."
    assert sentences(text)[0] == "“We agree on peace,” Lee said."
    assert all(s.count("“") == s.count("”") for s in sentences(text))
    assert sentences(text)[-1] == "Xi left."


def test_a_sentence_may_run_over_line_breaks():
    text = "The two ministers met in the old\nroyal capital and signed\nit. Then they left."
    assert sentences(text) == [
        "The two ministers met in the old\nroyal capital and signed\nit.",
        "Then they left.",
    ]


def test_a_sentence_that_begins_after_a_blank_line_is_another():
    assert sentences("A line without an end\n\nAnother one") == [
        "A line without an end",
        "Another one",
    ]


def test_every_list_item_is_a_sentence_with_its_mark():
    text = "Signed were:\n- a swap\n* a memo\n• a plan\n1. first\n2) second\n10. tenth"
    assert sentences(text) == [
        "Signed were:",
        "- a swap",
        "* a memo",
        "• a plan",
        "1. first",
        "2) second",
        "10. tenth",
    ]


def test_a_list_item_of_two_sentences_gives_two_and_its_wrapped_lines_stay_together():
    text = "- The swap was renewed. It is\n  large.\n- The memo was signed."
    assert sentences(text) == [
        "- The swap was renewed.",
        "It is\n  large.",
        "- The memo was signed.",
    ]


def test_a_heading_is_a_sentence_by_itself():
    text = "# The summit\nThey met.\n## What was signed\nA memo."
    assert sentences(text) == ["# The summit", "They met.", "## What was signed", "A memo."]


def test_every_row_of_a_table_is_a_sentence_by_itself():
    text = "Losses follow.\n| Year | Losses |\n| --- | --- |\n| 2021 | 774.4 |\nThat is all."
    assert sentences(text) == [
        "Losses follow.",
        "| Year | Losses |",
        "| --- | --- |",
        "| 2021 | 774.4 |",
        "That is all.",
    ]


def test_chinese_sentences_end_at_their_own_marks():
    assert sentences("他們在慶州會面。他們簽了協議！成功嗎？") == [
        "他們在慶州會面。",
        "他們簽了協議！",
        "成功嗎？",
    ]


def test_offsets_count_characters_also_after_emoji_and_combining_marks():
    text = "😀😀 One e\u0301. 👨‍👩‍👧 Two. 🇰🇷 Three."
    assert "".join(sentences(text)).replace(" ", "") == text.replace(" ", "")
    assert sentences(text)[0] == "😀😀 One e\u0301."
