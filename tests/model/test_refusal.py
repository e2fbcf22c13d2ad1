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
        ("Who won the football match?", "nothing in the one document is about it."),
    ],
)
def test_a_refusal_claims_nothing_about_what_documents_lack(
    make_builder, make_searcher, write, seeds, home, question, reason
):
    write(seeds, {"summit.txt": TEXT})
    make_builder(seeds, home).build()
    searcher = make_searcher(home)
    assert refusal(question, searcher.search(question)).endswith(reason)
