"""The text of an answer for clients of OpenAI, as it grows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Span
from rag.types import Answer, Citation, Sentence, ShortAnswer
from rag.verify import VerifiedSentence
from ui.server.v1.bodies import ChatBody
from ui.server.v1.written import Written

ROW = Citation(1, "a.txt", "A", Span(0, 13), "It is called:", place="page 1")
NAME = Citation(2, "b (1).txt", "B", Span(20, 34), "The *Eider* is")
FIRST = Sentence("It is called:", (1,), 1.0)
SECOND = Sentence("The *Eider* is", (2, 1), 1.0, short_answer=Span(4, 11), certainty=0.9)
ITEM = Sentence("one [1]", (1,), 1.0, is_list_item=True)


def written(model: str = "footnote", *, comes_at_once: bool) -> Written:
    messages = [{"role": "user", "content": "What is it called?"}]
    asked = ChatBody(model=model, messages=messages).asked()
    return Written(asked, "https://ask.example", comes_at_once=comes_at_once)


def answer(*sentences: Sentence) -> Answer:
    return Answer("q", "q", "extractive", "g", sentences, (ROW, NAME), confidence=0.9)


def events(*sentences: Sentence):
    yield VerifiedSentence(sentences[0], (ROW,))
    yield from (VerifiedSentence(one, (NAME,) * (one is SECOND)) for one in sentences[1:])
    yield answer(*sentences)


@pytest.mark.parametrize("model", ["footnote", "footnote-markdown"])
@pytest.mark.parametrize("comes_at_once", [True, False])
def test_what_was_sent_is_never_changed_and_marks_are_markers(model, comes_at_once) -> None:
    text = written(model, comes_at_once=comes_at_once)
    sent = [text.add(event) for event in events(FIRST, SECOND, ITEM)]
    assert "".join(sent) == text.text
    assert [bool(words) for words in sent[:3]] == [not comes_at_once] * 3
    marks = [text.text[a["start_index"] : a["end_index"]] for a in text.annotations]
    number = "[^{}]" if model == "footnote-markdown" else "[{}]"

    twos = 2 if comes_at_once else 1
    assert marks == [number.format(1)] * 3 + [number.format(2)] * twos
    assert text.annotations[0]["title"] == "A, page 1"
    assert text.annotations[-1]["url"] == (
        "https://ask.example/?document=b%20%281%29.txt&start=20&end=34"
    )


LIKE_MARKERS = st.lists(
    st.one_of(st.text(max_size=9), st.sampled_from(["[1]", "[^2]", "[", "]", "\n", "[3]:", "é"]))
).map("".join)


@given(
    st.lists(st.tuples(LIKE_MARKERS, st.sampled_from([(1,), (2,), (1, 2)])), min_size=1),
    st.sampled_from(["footnote", "footnote-markdown"]),
    st.booleans(),
)
def test_whatever_is_said_each_citation_has_its_marker_and_its_mark(said, model, at_once) -> None:
    sentences = [Sentence(text, numbers, 1.0) for text, numbers in said]
    text = written(model, comes_at_once=at_once)
    sent = []
    for one in sentences:
        sent.append(text.add(VerifiedSentence(one, (ROW, NAME) if one is sentences[0] else ())))
    sent.append(text.add(answer(*sentences)))
    assert "".join(sent) == text.text
    form = "[^{}]" if model == "footnote-markdown" else "[{}]"
    shown = [text.text[a["start_index"] : a["end_index"]] for a in text.annotations]
    assert shown == [form.format(n) for n in sorted(n for _, numbers in said for n in numbers)]
    links = {one["number"]: one["url"] for one in text.footnote["citations"]}
    urls = [a["url"] for a in text.annotations]
    assert urls == [links[int(marker.strip("[^]"))] for marker in shown]


def test_the_text_is_that_of_the_answer_where_all_comes_at_once() -> None:
    text = written(comes_at_once=True)
    for event in events(FIRST, SECOND, ITEM):
        text.add(event)
    assert text.text == answer(FIRST, SECOND, ITEM).text
    assert text.text.startswith(
        "*Eider* [2]\n\nIt is called: [1] The *Eider* is [2] [1]\n- one [1] "
    )


def test_markdown_of_a_document_is_escaped_and_its_links_lead_nowhere_else() -> None:
    hostile = Sentence("![x](https://evil.example/x.png) <b>", (1,), 1.0)
    text = written("footnote-markdown", comes_at_once=True)
    text.add(answer(hostile))
    assert text.text.startswith(r"\!\[x\](https://evil.example/x.png) \<b\>[^1]")
    declined = Answer("q", "q", "extractive", "g", abstention="Nothing *says* it.", confidence=0.1)
    text = written("footnote-markdown", comes_at_once=True)
    assert text.add(declined) == r"Nothing \*says\* it."
    assert text.annotations == []
    assert text.footnote["abstained"]


def test_the_short_answer_of_the_footnote_is_that_of_the_answer() -> None:
    text = written(comes_at_once=False)
    for event in events(FIRST, SECOND):
        text.add(event)
    assert not text.text.startswith("*Eider*")
    short = ShortAnswer("*Eider*", "b (1).txt", Span(24, 31), 2, 0.9)
    assert text.footnote["short_answer"] == short.as_json()
