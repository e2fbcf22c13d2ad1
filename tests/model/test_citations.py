"""What an answer cites is a whole sentence, in several languages."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant

LEASES = {
    "mietvertrag.txt": [
        "Die Kaution beträgt 900 Euro und ist bis zum 15. März 2026 an die Vermieterin zu zahlen.",
        "Die Wohnung liegt im 2. Stock und hat vier Zimmer.",
        "Die Heizung wird jedes Jahr gewartet.",
    ],
    "caretaker.txt": [
        "The caretaker of the house is reached at tel. 020 5550 1122 at night.",
        "The lift carries max. 8 persons at a time.",
        "The garden is open to all tenants.",
    ],
}


@pytest.fixture(scope="module")
def over_leases(make_assistant, tmp_path_factory) -> Assistant:
    folder = tmp_path_factory.mktemp("leases")
    (folder / "seeds").mkdir()
    for name, sentences in LEASES.items():
        (folder / "seeds" / name).write_text(" ".join(sentences), encoding="utf-8")
    return make_assistant(folder / "seeds", folder / "home")


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Bis wann ist die Kaution zu zahlen?", "15. März 2026"),
        ("In welchem Stock liegt die Wohnung?", "2. Stock"),
        ("At which tel. is the caretaker reached?", "020 5550 1122"),
        ("How many persons does the lift carry?", "8 persons"),
    ],
)
def test_a_quote_is_a_whole_sentence_of_its_language(over_leases, question, value):
    quotes = [citation.quote for citation in over_leases.ask(question).citations]
    assert any(value in quote for quote in quotes)
    assert set(quotes) <= {sentence for sentences in LEASES.values() for sentence in sentences}
