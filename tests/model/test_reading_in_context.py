"""A sentence is read in its surroundings: what its pronoun means, in any language."""

from __future__ import annotations

import pytest

from rag.types import SURE

NORVIK = "The lighthouse of Norvik is painted green. It was built in 1871 by Ada Holm.\n"
OTHERS = {
    "mill.txt": "The mill of Tarn is painted red. It was built in 1902 by Bo Lund.\n",
    "ferry.txt": "The ferry to Osel leaves at six. It carries forty cars.\n",
}


@pytest.mark.parametrize(
    ("text", "question", "words"),
    [
        (NORVIK, "Who built the lighthouse of Norvik?", "Ada Holm"),
        (
            "Der Leuchtturm von Norvik ist grün gestrichen. Er wurde 1871 von Ada Holm gebaut.\n",
            "Wer hat den Leuchtturm von Norvik gebaut?",
            "Ada Holm",
        ),
        (
            "El faro de Norvik está pintado de verde. Fue construido en 1871 por Ada Holm.\n",
            "¿Quién construyó el faro de Norvik?",
            "Ada Holm",
        ),
    ],
)
def test_the_answer_may_stand_behind_a_pronoun(
    tmp_path, write, make_assistant, text, question, words
):
    write(tmp_path / "seeds", {"norvik.txt": text, **OTHERS})
    answer = make_assistant(tmp_path / "seeds", tmp_path / "home").ask(question)
    assert words in " ".join(sentence.text for sentence in answer.sentences)
    assert answer.citations[0].document_id == "norvik.txt"


def test_the_citation_holds_what_the_pronoun_means(tmp_path, write, make_assistant):
    write(tmp_path / "seeds", {"norvik.txt": NORVIK, **OTHERS})
    answer = make_assistant(tmp_path / "seeds", tmp_path / "home").ask(
        "Who built the lighthouse of Norvik?"
    )
    (cited,) = answer.citations
    assert cited.quote == NORVIK.strip()
    assert answer.short_answer is not None
    assert answer.short_answer.span.of(NORVIK) == "Ada Holm"


def test_no_words_lead_an_answer_that_is_not_sure(tmp_path, write, make_assistant):
    write(tmp_path / "seeds", {"norvik.txt": NORVIK, **OTHERS})
    assistant = make_assistant(tmp_path / "seeds", tmp_path / "home")
    asked = ("How old is Ada Holm?", "Who lives in the mill?", "Which colour has the ferry?")
    answers = [assistant.ask(question) for question in asked]
    unsure = [a for a in answers if not a.abstained and a.confidence < SURE]
    assert unsure
    assert [a.short_answer for a in unsure] == [None] * len(unsure)
