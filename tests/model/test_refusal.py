"""Why there is no answer: nothing is about it, or what is does not say it."""

from __future__ import annotations

import pytest

from rag.evidence import read_evidence
from rag.reader import Reader
from rag.refusal import refusal

TEXT = "The two signed a memorandum on phishing, and others to renew a currency swap.\n"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("How much money is in the currency swap?", "The nearest passages are in “summit”."),
        ("Who won the football match?", "nothing in the one document is about it."),
    ],
)
def test_a_refusal_claims_nothing_about_what_documents_lack(
    make_builder, make_searcher, write, seeds, home, reader: Reader, question, reason
):
    write(seeds, {"summit.txt": TEXT})
    make_builder(seeds, home).build()
    searcher = make_searcher(home)
    found = searcher.search(question)
    assert refusal(question, found, read_evidence(question, found, reader)).endswith(reason)
