"""The reader: the shipped weights, and its promise that a passage is read by itself."""

from __future__ import annotations

import pytest

from rag.reader import Passage, Reader

FERRY = Passage(
    "Ferries",
    (
        "The harbour of Lindal lies on the western shore.",
        "The ferry to Holm leaves at 7:40 from pier four.",
        "Its captain has been Anna Berg since 2019.",
        "Tickets are sold in the kiosk.",
    ),
)
MUSEUM = Passage("The museum", ("It shows old ships.", "On Mondays the museum is closed."))


def test_the_sentence_that_answers_is_first_and_its_words_are_found(reader: Reader):
    for question, sentence, words in (
        ("When does the ferry to Holm leave?", 1, "7:40"),
        ("Who is the captain of the ferry?", 2, "Anna Berg"),
        ("Wann fährt die Fähre nach Holm?", 1, "7:40"),
    ):
        (read,) = reader.read(question, [FERRY])
        best = max(range(len(read)), key=lambda i: read[i].score)
        assert best == sentence
        assert words in read[best].answer.of(FERRY.sentences[best])


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("What do guests pay a day?", "Guests pay 14 euros.", "14 euros"),
        ("What became the seat of the club?", "In 2009 Lindal became the seat.", "Lindal"),
        ("מתי נסגר המוזאון?", "המוזאון נסגר ב-12 במאי 2026.", "ב-12 במאי 2026"),
    ],
)
def test_words_that_answer_keep_the_number_and_the_whole_word(
    reader: Reader, question, sentence, words
):
    ((read,),) = reader.read(question, [Passage("", (sentence,))])
    assert read.answer.of(sentence) == words


def test_a_passage_that_does_not_answer_scores_below_one_that_does(reader: Reader):
    ferry, museum = reader.read("Who is the captain of the ferry?", [FERRY, MUSEUM])
    assert max(said.score for said in ferry) > max(said.score for said in museum)


def test_what_is_said_of_a_passage_does_not_depend_on_the_others(reader: Reader):
    question = "When is the museum closed?"
    together = reader.read(question, [FERRY, MUSEUM, FERRY])
    assert together == [reader.read(question, [passage])[0] for passage in (FERRY, MUSEUM, FERRY)]


@pytest.mark.parametrize(
    "sentences",
    [
        (),
        ("",),
        ("", " ", "\n"),
        ("word " * 3000,),
        tuple(f"Sentence {i} says that it is number {i}." for i in range(200)),
        ("</s><s> query: passage: [CLS] \x00 \ud7ff 👩\u200d👧", "東京都は日本の首都である。"),
    ],
)
def test_any_text_is_read_sentence_by_sentence(reader: Reader, sentences):
    (read,) = reader.read("What is it? " * 40, [Passage("x" * 500, sentences)])
    assert len(read) == len(sentences)
    for said, sentence in zip(read, sentences, strict=True):
        assert 0 <= said.answer.start <= said.answer.end <= len(sentence)
        assert 0 <= said.certainty <= 1
