"""Mailboxes, calendars and contacts: each mail, entry and card stands for itself."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import LoadError
from index.loaders import load_seed
from index.loaders.extract import Source
from index.loaders.mail import contacts, events, mailbox
from index.loaders.mail.heads import quoted_as
from tests.files import load, reason

MAILS = """From ida@b.no Mon Mar  2 09:12:00 2026
From: Ida Holm <ida@b.no>
Subject: Roof/slate
Date: Mon, 2 Mar 2026 09:12:00 +0100

Slate costs 40.

>From May on it is 50.

From there it is 09:12 hours by train.

From bo@c.nl Tue Mar  3 10:00:00 2026
From: Bo Aa <bo@c.nl>
Subject: Re: Roof/slate
Date: Tue, 3 Mar 2026 10:00:00 +0100

Agreed.

Ida Holm <ida@b.no>, 2.3.2026:
> Slate costs 40.
"""


# mbox


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_each_mail_of_a_mailbox_is_a_document_of_its_own(line_end):
    documents = load_seed("a.mbox", MAILS.replace("\n", line_end).encode(), "").documents
    assert [d.id for d in documents] == [
        "a.mbox", "a.mbox/1 Roof slate.eml", "a.mbox/2 Re: Roof slate.eml"
    ]  # fmt: skip
    assert [d.date for d in documents[1:]] == ["2026-03-02", "2026-03-03"]
    assert documents[1].text.endswith(
        "Slate costs 40.\n\nFrom May on it is 50.\n\nFrom there it is 09:12 hours by train."
    )
    assert documents[2].text.endswith(
        "Agreed.\n\nQuoted from Ida Holm, 2.3.2026\n\nSlate costs 40."
    )


def test_a_mail_has_its_id_and_those_of_the_mails_that_it_answers():
    links = "Message-ID: <c@b.no>\nIn-Reply-To: <b@b.no>\nReferences: <a@b.no>\n <b@b.no>\n"
    mail = f"From: ida@b.no\n{links}Subject: Slate\n\nSlate costs 40.\n"
    assert load_seed("a.eml", mail.encode(), "").references == {
        "a.eml": ("c@b.no", "b@b.no", "a@b.no")
    }
    assert load_seed("a.mbox", MAILS.encode(), "").references == {}


def test_the_text_of_a_mailbox_is_a_list_of_its_mails():
    document = load("a.mbox", MAILS)
    assert document.text.startswith(
        "- Mail: 1; From: Ida Holm <ida@b.no>; Subject: Roof/slate; Date: 2026-03-02 09:12\n"
    )
    assert [place.name for place in document.places] == ["mail 1", "mail 2"]


def test_a_mail_that_cannot_be_read_does_not_cost_the_others():
    header = "Subject: x\nContent-Type: application/pkcs7-mime"
    locked = f"\nFrom x Mon Mar  2 09:12:00 2026\n{header}\n\nAAAA\n"
    loaded = load_seed("a.mbox", f"Hello\n\n{MAILS}{locked}".encode(), "")
    assert len(loaded.documents) == 3
    assert [(failure.document, failure.reason[:20]) for failure in loaded.failures] == [
        ("a.mbox", "what stands before i"),
        ("a.mbox/3 x.eml", "it is encrypted: sav"),
    ]


def test_mails_beyond_a_bound_are_named(monkeypatch):
    monkeypatch.setattr(mailbox, "_MAX_MAILS", 1)
    extract = mailbox.read(Source(MAILS.encode(), "a.mbox"))
    assert len(extract.attachments) == 1
    assert extract.unread == "of its 2 mails, only the first 1 are read"


def test_what_is_no_mailbox_is_refused():
    assert "not a mailbox" in reason("a.mbox", "Dear all,\n\nFrom now on.\n")


# ics


def entry(*lines: str, kind: str = "VEVENT") -> str:
    return "\n".join([f"BEGIN:{kind}", *lines, f"END:{kind}"])


def calendar(*entries: str) -> str:
    return entry(*entries, kind="VCALENDAR")


def test_an_event_is_a_statement_with_times_people_and_place():
    event = entry(
        "UID:7", "SUMMARY:Roof\\, spring", "DTSTART;TZID=Europe/Oslo:20260304T093000",
        "DTEND;TZID=Europe/Oslo:20260304T110000", "LOCATION:Mill\\, room 5", "STATUS:CANCELLED",
        'ORGANIZER;CN="Holm, Ida":mailto:ida@b.no',
        "ATTENDEE;PARTSTAT=DECLINED;CN=Bo:mailto:bo@c.nl", "DESCRIPTION:We talk\n  about sla\n te.",
        "BEGIN:VALARM", "DESCRIPTION:Ring", "END:VALARM",
    )  # fmt: skip
    document = load("a.ics", calendar("X-WR-CALNAME:Mill", event))
    assert document.text == (
        "Mill\n\n- Event: Roof, spring; Start: 2026-03-04 09:30 Europe/Oslo;"
        " End: 2026-03-04 11:00 Europe/Oslo; Organizer: Holm, Ida <ida@b.no>;"
        " Attendees: Bo <bo@c.nl> (declined); Place: Mill, room 5; Status: CANCELLED;"
        " Description: We talk about slate."
    )
    assert (document.title, document.places[0].name) == ("Mill", "event 1")


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["DTSTART;VALUE=DATE:20260304", "DTEND;VALUE=DATE:20260305"], "Start: 2026-03-04"),
        (["DTSTART:20260304", "DTEND:20260307"], "Start: 2026-03-04; End: 2026-03-06"),
        (["DTSTART:20260304", "DURATION:P2D"], "Start: 2026-03-04; End: 2026-03-05"),
        (["DTSTART:20260304T230000Z", "DURATION:PT90M"],
         "Start: 2026-03-04 23:00 UTC; End: 2026-03-05 00:30 UTC"),
        (["DTSTART:20260304T0900", "RRULE:FREQ=MONTHLY;COUNT=3", "EXDATE:20260404T0900"],
         "Start: 2026-03-04 09:00; Repeats: monthly, count 3; Not on: 2026-04-04 09:00"),
        (["DTSTART:soon", "DURATION:P99999D"], "Start: soon"),
        (["DTSTART:99991231T0000", "DURATION:P9D"], "Start: 9999-12-31 00:00"),
    ],
)  # fmt: skip
def test_times_are_those_that_a_reader_means(lines, shown):
    assert load("a.ics", calendar(entry("SUMMARY:x", *lines))).text == f"- Event: x; {shown}"


def test_tasks_are_read_and_a_broken_line_costs_only_itself():
    data = calendar("what is this", entry("SUMMARY:Pay", "DUE:20260401", kind="VTODO"))
    loaded = load_seed("a.ics", data.replace("END:VCALENDAR", "").encode(), "")
    assert loaded.documents[0].text == "- Task: Pay; Due: 2026-04-01"
    assert loaded.failures[0].reason == "lines that are not those of a calendar: 1"


def test_an_invitation_in_a_mail_is_read_as_an_event():
    mail = EmailMessage()
    mail["Subject"] = "Roof"
    mail.set_content("Please come.")
    invitation = calendar(entry("SUMMARY:Roof", "DTSTART:20260304"))
    mail.add_alternative(invitation, subtype="calendar")
    text = load("a.eml", mail.as_bytes()).text
    assert text == "Subject: Roof\n\nPlease come.\n\n- Event: Roof; Start: 2026-03-04"


# vcf


def test_a_contact_is_a_statement_with_kinds_of_numbers():
    card = entry(
        "VERSION:4.0", "FN:Ida Holm", "N:Holm;Ida;;;", "ORG:Mill;Sales", "TEL;TYPE=cell:+47 1",
        'TEL;TYPE="work,voice":+47 2', "item1.EMAIL;TYPE=INTERNET:ida@b.no", "BDAY:19850412",
        "ADR;TYPE=home:;;Elvegata 1;Oslo;;0150;Norway", "PHOTO;ENCODING=b:AAAA\n BBBB",
        kind="VCARD",
    )  # fmt: skip
    document = load("a.vcf", f"{card}\n{card}")
    assert document.text.split("\n")[1] == (
        "- Contact: Ida Holm; Organization: Mill, Sales; Phone (cell): +47 1; Phone (work): +47 2;"
        " E-mail: ida@b.no; Address (home): Elvegata 1, Oslo, 0150, Norway; Birthday: 1985-04-12"
    )
    assert [place.name for place in document.places] == ["contact 1", "contact 2"]


def test_an_old_contact_in_quoted_printable_is_read():
    card = entry(
        "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg", "TEL;WORK;VOICE:1",
        "NOTE;QUOTED-PRINTABLE:slow=\nly=2C now", "NICKNAME;ENCODING=QUOTED-PRINTABLE;CHARSET=x:a",
        kind="VCARD",
    )  # fmt: skip
    assert load("a.vcf", card).text == (
        "- Contact: Jörg Müller; Nickname: a; Phone (work): 1; Note: slowly, now"
    )


@pytest.mark.parametrize("name", ["a.vcf", "a.ics"])
def test_what_is_no_calendar_and_no_contacts_is_refused(name):
    assert "is the extension right?" in reason(name, "Dear all: come.\n")


@pytest.mark.parametrize("loader", [mailbox, events, contacts])
@given(data=st.binary(max_size=200), head=st.sampled_from([b"", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
       b"BEGIN:VCARD\n", b"From a 09:12\nA: b\n\n"]))  # fmt: skip
def test_any_bytes_are_read_or_refused(loader, data, head):
    try:
        assert loader.read(Source(head + data, "a")) is not None
    except LoadError as exc:
        assert str(exc)  # noqa: PT017 - either outcome is sound


@pytest.mark.parametrize(
    ("tag", "is_quote"),
    [
        ("<blockquote>", True),
        ('<blockquote type="cite">', True),
        ('<blockquote style="margin: 0 0 0 40px; border: none; padding: 0px;">', False),
    ],
)
def test_what_stands_in_a_blockquote_of_a_mail_is_quoted_unless_that_only_indents(tag, is_quote):
    html = f"<p>Agreed.</p>{tag}<p>We can go down to 38 euros.</p></blockquote>"
    head = "From: Ada <ada@a.org>\nSubject: Offer\nContent-Type: text/html\n\n"
    document = load("a.eml", (head + html).encode())
    at = document.text.index("We can")
    assert bool(quoted_as(document, at)) == is_quote
    assert not quoted_as(document, document.text.index("Agreed"))
