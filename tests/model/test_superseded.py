"""What was written last leads: versions of a document, mails of a thread; what has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from rag.assistant import Assistant
from rag.types import Answer

RULES = """Rules of the boat house

{when}Members row on {days}. The key is kept by {who}. Boats are washed after every trip.

A guest pays {fee} euros. Life jackets are worn by all who are under 16 years old.

{last}
"""
OLD = {"when": "", "days": "Mondays", "who": "Ms Lund", "fee": "5", "last": "Dogs stay outside."}
NEW = OLD | {"who": "Mr Adeyemi", "fee": "8", "last": "Bicycles are left at the gate."}


def mail(sender: str, to: str, day: int, subject: str, text: str) -> str:
    address = {"Ada Berg": "ada@yard.example", "Ivo Pell": "ivo@club.example"}
    return (
        f"From: {sender} <{address[sender]}>\nTo: {to} <{address[to]}>\nSubject: {subject}\n"
        f"Date: Mon, {day:02} Jun 2026 09:00:00 +0200\nContent-Type: text/plain\n\n{text}\n"
    )


@pytest.fixture
def answers(make_assistant, write, seeds, home) -> Callable[..., Assistant]:
    """``answers(files)``: an assistant over these files."""

    def make(files: Mapping[str, str | bytes]) -> Assistant:
        write(seeds, files)
        return make_assistant(seeds, home)

    return make


def cited(answer: Answer) -> list[str]:
    return [citation.document_id for citation in answer.citations]


@pytest.fixture
def over_rules(answers) -> Assistant:
    """Three versions and a copy of one document, and another document."""
    return answers(
        {
            "boat rules 2021.txt": RULES.format(**OLD),
            "boat rules 2021 - Copy.txt": RULES.format(**OLD),
            "boat rules 2023.md": "# " + RULES.format(**OLD | {"fee": "6"}),
            "boat rules (final) 2025.html": f"<p>{RULES.format(**NEW)}".replace("\n\n", "<p>"),
            "weather.txt": "The lake was frozen in the winter of 1987.",
        }
    )


def test_the_newest_version_leads_and_an_earlier_one_is_quoted(over_rules):
    answer = over_rules.ask("How much does a guest pay?")
    assert cited(answer) == ["boat rules (final) 2025.html", "boat rules 2023.md"]
    first, second = answer.sentences
    assert "8 euros" in first.text
    assert second.text == "A guest pays 6 euros. (earlier version, 2023, boat rules 2023.md)"
    assert "an earlier one says otherwise" in (answer.notice or "")


def test_what_no_version_says_otherwise_is_cited_once_from_the_newest(over_rules):
    answer = over_rules.ask("Who has to wear a life jacket?")
    assert cited(answer) == ["boat rules (final) 2025.html"]
    assert answer.notice is None


def test_what_the_newest_version_lacks_is_said(over_rules):
    answer = over_rules.ask("Where do dogs stay?")
    assert "outside" in answer.text
    assert "“boat rules (final) 2025.html”" in (answer.notice or "")


def test_a_question_for_one_version_is_answered_by_it(over_rules):
    answer = over_rules.ask("How much does a guest pay in boat rules 2021.txt?")
    assert cited(answer) == ["boat rules 2021.txt"]


@pytest.mark.parametrize(
    "question",
    [
        "What changed between the 2021 and the 2025 version of the boat rules?",
        "Was hat sich in den Regeln von 2021 gegenüber 2025 geändert?",
    ],
)
def test_what_changed_is_shown_by_pairs_of_sentences(over_rules, question):
    answer = over_rules.ask(question)
    assert set(cited(answer)) == {"boat rules 2021.txt", "boat rules (final) 2025.html"}
    assert [sentence.text for sentence in answer.sentences] == [
        "The key is kept by Ms Lund. (2021)",
        "The key is kept by Mr Adeyemi. (2025)",
        "A guest pays 5 euros. (2021)",
        "A guest pays 8 euros. (2025)",
        "Dogs stay outside. (2021, left out later)",
        "Bicycles are left at the gate. (2025, new)",
    ]
    assert "Changed sentences: 2, new ones: 1, left out: 1." in (answer.notice or "")


def test_the_newest_version_is_known(over_rules):
    answer = over_rules.ask("Which is the newest version of the boat rules?")
    assert cited(answer) == ["boat rules (final) 2025.html"]
    assert (answer.notice or "").startswith("3 versions: boat rules (final) 2025.html (2025)")


def test_the_invoice_of_someone_else_is_no_version(answers):
    text = (
        "Invoice of the ferry yard\n\nFor the boat of {}, painted in May.\n\nThe total is {} euros."
    )
    assistant = answers(
        {
            "invoice 17.txt": text.format("Ms Okafor", 410),
            "invoice 18.txt": text.format("Mr Silva", 720),
        }
    )
    answer = assistant.ask("What is the total of the invoice for Ms Okafor?")
    assert "410" in answer.text
    assert "720" not in answer.text


@pytest.fixture
def over_mails(answers) -> Assistant:
    """A thread of three mails; the last quotes the one before."""
    offer = "Hello Ivo,\n\nthe new mast can be set on 9 June. It costs 2,300 euros.\n\nAda"
    reply = "Hello Ada,\n\ncould you do it for 2,000 euros?\n\nIvo"
    agreed = "Hello Ivo,\n\nagreed, 2,100 euros. The mast will be set on 16 June.\n\nAda"
    quoted = "\n".join(f"> {line}" for line in reply.split("\n"))
    said = f"On Tue, 2 Jun 2026 at 09:00, Ivo Pell <ivo@club.example> wrote:\n{quoted}"
    return answers(
        {
            "1.eml": mail("Ada Berg", "Ivo Pell", 1, "New mast", offer),
            "2.eml": mail("Ivo Pell", "Ada Berg", 2, "Re: New mast", reply),
            "3.eml": mail("Ada Berg", "Ivo Pell", 3, "AW: Re: New mast", f"{agreed}\n\n{said}"),
        }
    )


def test_the_latest_mail_of_a_thread_leads_and_the_earlier_is_named(over_mails):
    answer = over_mails.ask("When will the mast be set?")
    assert "16 June" in answer.sentences[0].text
    assert answer.citations[0].document_id == "3.eml"
    assert "(earlier, 2026-06-01, 1.eml)" in answer.text


def test_who_is_named_is_quoted_from_the_own_mail(over_mails):
    answer = over_mails.ask("What price did Ivo propose?")
    assert "2,000 euros" in answer.text
    assert cited(answer) == ["2.eml"]


def test_who_wrote_is_answered_by_the_whole_head_of_the_first_mail(over_mails):
    answer = over_mails.ask("Who wrote the mail about the new mast?")
    assert answer.text.startswith("From: Ada Berg <ada@yard.example> To: Ivo Pell")
    assert cited(answer) == ["1.eml"]


def test_a_file_that_is_not_read_is_named_with_the_reason(answers):
    assistant = answers({"weather.txt": "The lake froze in 1987.", "crew list.xyz": "Ada, Ivo"})
    given = assistant.ask("What does crew list.xyz say?")
    assert (given.abstention or "").startswith("“crew list.xyz” is in the folder but was not read")
    named = assistant.ask("Who is on the crew list?")
    assert "“crew list.xyz” is in the folder but was not read" in (named.notice or "")
    assert assistant.ask("When did the lake freeze?").notice is None
