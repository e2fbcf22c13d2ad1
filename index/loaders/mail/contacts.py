"""Contacts (.vcf, vCard 2.1 to 4.0): each is a statement; pictures and keys in it are left out."""

from __future__ import annotations

import re

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.mail.content_lines import Component, Line, components
from index.loaders.plain.rows import Pair, add_record

__all__ = ["read"]

_NAMES = {
    "NICKNAME": "Nickname", "ORG": "Organization", "TITLE": "Title", "ROLE": "Role",
    "TEL": "Phone", "EMAIL": "E-mail", "IMPP": "Chat", "ADR": "Address", "BDAY": "Birthday",
    "ANNIVERSARY": "Anniversary", "URL": "URL", "CATEGORIES": "Categories", "RELATED": "Related",
    "NOTE": "Note",
}  # fmt: skip
_LISTS = ("ORG", "ADR")
_OF_PROGRAMS = {"pref", "voice", "internet", "x400", "quoted-printable", "uri", "text"}
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T.*)?")


def read(source: Source) -> Extract:
    """One statement a contact, with the kinds of its numbers and addresses ("Phone (work)").

    Raises:
        LoadError: no contacts in it.
    """
    found, unknown = components(source.data)
    cards = [component for component in found if component.kind == "VCARD"]
    if not cards:
        raise LoadError("no contacts (it has no BEGIN:VCARD): is the extension right?")
    blocks = Blocks()
    for number, card in enumerate(cards, start=1):
        add_record(blocks, _pairs(card), f"contact {number}")
    return Extract(
        blocks.text,
        places=tuple(blocks.places),
        unread=f"lines that are not those of contacts: {unknown}" if unknown else "",
    )


def _pairs(card: Component) -> list[Pair]:
    pairs = [("Contact", card.text("FN") or _name(card.first("N")))]
    for key, name in _NAMES.items():
        for line in card.lines:
            if line.name == key:
                text = ", ".join(line.fields) if key in _LISTS else line.text
                kinds = [
                    kind
                    for kind in re.findall(r"[\w-]+", line.parameters.get("TYPE", "").lower())
                    if kind not in _OF_PROGRAMS
                ]
                called = f"{name} ({', '.join(kinds)})" if kinds else name
                pairs.append((called, _DAY.sub(r"\1-\2-\3", text) if key == "BDAY" else text))
    return pairs


def _name(line: Line | None) -> str:
    """A name in the order in which it is spoken: prefix, given names, family name, suffix.

    >>> _name(Line("N", {}, "Holm;Ida;Marie;Dr.;"))
    'Dr. Ida Marie Holm'
    """
    family, given, others, before, after = [*(line.value.split(";") if line else ()), *[""] * 5][:5]
    parts = (Line("", {}, part).text for part in (before, given, others, family, after))
    return " ".join(part for part in parts if part)
