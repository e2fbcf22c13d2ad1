"""Why there is no answer: nothing is about it, or what is does not say it."""

from __future__ import annotations

import pytest

from rag.refusal import refusal

TEXT = "The two signed a memorandum on phishing, and others to renew a currency swap.\n"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("How much money is in the currency swap?", "The nearest passages are in “summit”."),
        ("Who renewed the first swap?", "The nearest passages are in “summit”."),
        ("What is a memorandm?", "The nearest passages are in “summit”."),
        ("Who won the football match?", "nothing in them is about it."),
    ],
)
def test_a_refusal_claims_nothing_about_what_documents_lack(
    make_builder, make_searcher, write, seeds, home, question, reason
):
    write(seeds, {"summit.txt": TEXT})
    make_builder(seeds, home).build()
    searcher = make_searcher(home)
    assert refusal(question, searcher.search(question)).endswith(reason)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Wie viele Elefanten gibt es hier?", "Die Dokumente"),
        ("Combien d'éléphants y a-t-il ?", "Les documents"),
        ("¿Cuántos elefantes hay aquí?", "Los documentos"),
        ("Сколько слонов живёт у озера?", "окумент"),
        ("Gölün yanında kaç fil yaşıyor?", "Belgeler"),
        ("象は何頭いますか？", "文書"),
        ("How many elephants are there?", "The documents"),
    ],
)
def test_a_refusal_is_in_the_language_of_the_question(
    make_assistant, write, seeds, home, question, words
):
    write(seeds, {"summit.txt": TEXT})
    answer = make_assistant(seeds, home).ask(question)
    assert answer.abstained
    assert words in (answer.abstention or "")
