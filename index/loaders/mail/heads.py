"""The head of a mail, read again from the text that its loaders write: who wrote it, when, to whom.

Who looks at documents only has their text; what is quoted in one stands below a heading of
:mod:`index.loaders.mail.quotes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import getaddresses

from index.loaders.mail.quotes import QUOTED, topic_of
from index.types import Document

__all__ = ["MAILBOX", "MAILS", "Head", "is_quoted", "quoted_as", "read_head", "topic_of"]

MAILS = frozenset({"message/rfc822", "application/vnd.ms-outlook"})
"""The media types of mails."""

MAILBOX = "application/mbox"
"""The media type of a list of mails."""

_IN_PLACE = re.compile(rf"{QUOTED}(?: from [^\n]+?)?(?=: )")
_LINE = re.compile(r"(?P<name>From|To|Cc|Subject|Date): (?P<value>.*)\n?")


@dataclass(frozen=True, slots=True)
class Head:
    """Who wrote a mail, the addresses in it, when it was sent, and where its words begin.

    ``sent`` is "YYYY-MM-DD HH:MM" or as the mail has it; what a mail does not say is "".
    """

    sender: str
    addresses: frozenset[str]
    sent: str
    end: int


def read_head(text: str) -> Head:
    r"""The head that a text begins with.

    >>> read_head("From: Ida Holm <ida@a.org>\nDate: 2026-03-02 09:12\n\nHello").sender
    'Ida Holm'
    """
    values: dict[str, str] = {}
    end = 0
    while (found := _LINE.match(text, end)) and found["name"] not in values:
        values[found["name"]] = found["value"]
        end = found.end()
    people = getaddresses([values.get(name, "") for name in ("From", "To", "Cc")])
    sender = next(((name or address) for name, address in people[:1]), "")
    addresses = frozenset(address.casefold() for _, address in people if address)
    return Head(sender if "From" in values else "", addresses, values.get("Date", ""), end)


def quoted_as(document: Document, start: int) -> str:
    """What says in a mail whose words stand at an offset, where they are quoted; else ""."""
    path = document.heading_path_at(start)
    if headings := [heading for heading in path if is_quoted(heading)]:
        return headings[-1]
    found = _IN_PLACE.match(document.text, document.text.rfind("\n\n", 0, start) + 2)
    return found[0] if found else ""


def is_quoted(heading: str) -> bool:
    """Whether what stands below a heading of a mail is quoted from another one."""
    return heading.startswith(QUOTED)
