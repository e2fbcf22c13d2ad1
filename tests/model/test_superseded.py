"""What was written last leads: versions of a document, mails of a thread; what has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from rag.assistant import Assistant
from rag.types import SURE, Answer

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


def replied_to(subject: str, before: str, later: str) -> dict[str, str]:
    """A mail and the reply of the next day."""
    return {
        "1.eml": mail("Ada Berg", "Ivo Pell", 1, subject, before),
        "2.eml": mail("Ivo Pell", "Ada Berg", 2, f"Re: {subject}", later),
    }


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
    ("question", "words"),
    [
        (
            "What changed between the 2021 and the 2025 version of the boat rules?",
            ["left out later", "new", "Changed sentences: 2, new ones: 1, left out: 1."],
        ),
        (
            "Was hat sich in den Regeln von 2021 gegenüber 2025 geändert?",
            ["später weggelassen", "neu", "Geänderte Sätze: 2, neue: 1, weggelassene: 1."],
        ),
    ],
)
def test_what_changed_is_shown_by_pairs_of_sentences(over_rules, question, words):
    left_out, new, counted = words
    answer = over_rules.ask(question)
    assert set(cited(answer)) == {"boat rules 2021.txt", "boat rules (final) 2025.html"}
    assert [sentence.text for sentence in answer.sentences] == [
        "The key is kept by Ms Lund. (2021)",
        "The key is kept by Mr Adeyemi. (2025)",
        "A guest pays 5 euros. (2021)",
        "A guest pays 8 euros. (2025)",
        f"Dogs stay outside. (2021, {left_out})",
        f"Bicycles are left at the gate. (2025, {new})",
    ]
    assert counted in (answer.notice or "")


@pytest.mark.parametrize(
    ("question", "compared"),
    [
        ("What changed in the boat rules of 2023?", ["boat rules 2021.txt", "boat rules 2023.md"]),
        ("What changed in the boat rules since 2023?",
         ["boat rules 2023.md", "boat rules (final) 2025.html"]),
        ("¿Qué cambió en la versión 2023 de las boat rules?",
         ["boat rules 2021.txt", "boat rules 2023.md"]),
    ],
)  # fmt: skip
def test_what_is_new_in_one_version_is_compared_with_the_one_before(over_rules, question, compared):
    assert list(dict.fromkeys(cited(over_rules.ask(question)))) == compared


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (
            "What changed in the 2019 version of the boat rules?",
            "There is no version 2019. Versions:",
        ),
        (
            "Was hat sich in Fassung 2019 der boat rules geändert?",
            "Eine Fassung 2019 gibt es nicht.",
        ),
    ],
)
def test_a_version_that_is_not_there_is_not_compared(over_rules, question, words):
    answer = over_rules.ask(question)
    assert words in (answer.abstention or "")
    assert "boat rules 2023.md (2023)" in (answer.abstention or "")


def test_the_version_that_is_asked_for_leads(over_rules):
    question = "What does a guest pay according to the {} version of the boat rules?"
    answer = over_rules.ask(question.format(2021))
    assert [sentence.text for sentence in answer.sentences] == ["A guest pays 5 euros."]
    answer = over_rules.ask(question.format(2018))
    assert answer.confidence < SURE
    assert "There is no version 2018." in (answer.notice or "")


def test_the_newest_version_is_known(over_rules):
    answer = over_rules.ask("Which is the newest version of the boat rules?")
    assert cited(answer) == ["boat rules (final) 2025.html"]
    assert (answer.notice or "").startswith("Versions: boat rules (final) 2025.html (2025)")


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
    assert "(earlier, Ada Berg, Jun 1, 2026, 1.eml)" in answer.text


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


def linked(text: str, own: str, answered: str = "") -> str:
    """A mail with an id, and that of the mail it answers."""
    answers = f"References: <{answered}@yard.example>\n" if answered else ""
    return f"Message-ID: <{own}@yard.example>\n{answers}{text}"


def test_mails_that_answer_each_other_are_one_thread_under_any_subject(answers):
    first = mail("Ada Berg", "Ivo Pell", 1, "Stone", "The slate for the roof costs 400 euros.")
    said = "The slate for the roof now costs 460 euros."
    second = mail("Ivo Pell", "Ada Berg", 2, "News from the quarry", said)
    files = {"1.eml": linked(first, "a"), "2.eml": linked(second, "b", "a")}
    answer = answers(files).ask("What does the slate for the roof cost?")
    assert answer.sentences[0].text == f"{said} (Ivo Pell, Jun 2, 2026)"
    assert "(earlier, Ada Berg, Jun 1, 2026, 1.eml)" in answer.sentences[1].text


@pytest.mark.parametrize(
    ("question", "before", "later", "notice"),
    [
        (
            "Was kostet die Miete der Halle?",
            "Die Miete der Halle beträgt 200 Euro.",
            "Die Stadt verlangt jetzt doch 260 Euro.",
            "Eine spätere Nachricht des Verlaufs handelt vom selben",
        ),
        (
            "¿Cuánto cuesta la entrada?",
            "La entrada cuesta 12 euros.",
            "Han subido el precio a 15 euros.",
            "Un mensaje posterior del hilo trata de lo mismo",
        ),
    ],
)
def test_a_later_mail_about_the_same_is_shown_first_and_not_surely(
    answers, question, before, later, notice
):
    answer = answers(replied_to("Planung", before, later)).ask(question)
    assert [c.document_id for c in answer.citations] == ["2.eml", "1.eml"]
    assert answer.confidence < SURE
    assert answer.short_answer is None
    assert notice in (answer.notice or "")


def test_a_later_mail_about_something_else_changes_nothing(answers):
    files = {
        "1.eml": mail("Ada Berg", "Ivo Pell", 1, "Van", "Peter drives the van to Halden."),
        "2.eml": mail("Ivo Pell", "Ada Berg", 2, "Re: Van", "I will bring sandwiches for all."),
    }
    answer = answers(files).ask("Who drives the van?")
    assert cited(answer) == ["1.eml"]
    assert answer.confidence >= SURE


def test_when_something_is_said_to_be_is_not_when_the_mail_was_sent(answers):
    text = "The concert starts at seven in St Mary's church. Jane sells the tickets."
    files = {"1.eml": mail("Ada Berg", "Ivo Pell", 1, "Concert of the choir", text)}
    assistant = answers(files)
    answer = assistant.ask("When is the concert of the choir?")
    assert answer.sentences[0].text.startswith("The concert starts at seven")
    sent = assistant.ask("Who sent the mail about the concert of the choir?")
    assert sent.sentences[0].text.startswith("From: Ada Berg")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who brings the grill?", "I bring the grill for all of us. (Ivo Pell, Jun 2, 2026)"),
        ("Who needs a longer rope?", "We need a longer rope as well. (Ada Berg, Jun 1, 2026)"),
        ("What did Ivo write?", "I bring the grill for all of us. (Ivo Pell, Jun 2, 2026)"),
    ],
)
def test_whose_words_a_mail_answers_with_is_said(answers, question, said):
    first = mail("Ada Berg", "Ivo Pell", 1, "Feast", "We need a longer rope as well.")
    text = "I bring the grill for all of us.\n\n> We need a longer rope as well.\n\nI have one."
    second = mail("Ivo Pell", "Ada Berg", 2, "Re: Feast", text)
    box = f"From a Mon Jun  1 09:00:00 2026\n{first}\n\nFrom b Mon Jun  1 09:00:00 2026\n{second}"
    answer = answers({"box.mbox": box}).ask(question)
    assert said in answer.text
    assert "Mail: " not in answer.text
    assert "From: " not in answer.text


def test_an_event_is_answered_with_its_time(answers):
    event = "BEGIN:VEVENT\nSUMMARY:Choir practice\nDTSTART:20260602T193000Z\nEND:VEVENT"
    assistant = answers({"a.ics": f"BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR\n"})
    answer = assistant.ask("When is the choir practice?")
    assert answer.short_answer is not None
    assert answer.short_answer.text == "2026-06-02 19:30 UTC"


def test_the_years_of_a_change_are_no_values_of_a_table(answers):
    table = "Ticket,Price\nDay ticket,{}\nHalf day,19\nSeason ticket,{}\n"
    files = {"prices 2024.csv": table.format(31, 410), "prices 2026.csv": table.format(36, 455)}
    answer = answers(files).ask("What changed in the prices between 2024 and 2026?")
    assert answer.generator == "changes"
    assert "410 (2024)" in answer.text
    assert "455 (2026)" in answer.text


@pytest.mark.parametrize(
    ("question", "before", "later", "words"),
    [
        (
            "When will the kiln be repaired?",
            "The kiln will be repaired on Monday by the man from Selby.",
            "He has just phoned, his van broke down. He can only come on Thursday.",
            "Thursday",
        ),
        (
            "Where is the key of the shed?",
            "The key of the shed lies under the blue pot.",
            "Thank you, I found everything. The bees are calm and the honey is good.",
            "",
        ),
    ],
)
def test_a_later_mail_with_words_for_what_is_asked_stands_behind_and_it_is_not_sure(
    answers, question, before, later, words
):
    answer = answers(replied_to("Garden", before, later)).ask(question)
    assert cited(answer) == (["1.eml", "2.eml"] if words else ["1.eml"])
    assert words in answer.text
    assert (answer.confidence < SURE) is bool(words)
