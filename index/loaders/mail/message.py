"""E-mail (.eml): the header lines that a reader wants, then the text; files stay attachments.

Behind the mail's own words stands what it quotes, below a heading that says from whom
(:mod:`index.loaders.mail.quotes`).

Python's own parser splits the parts. The plain text is read where there is one that says what the
HTML says, else the HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from index.errors import LoadError
from index.loaders.extract import Attachment, Blocks, Extract, Source
from index.loaders.mail.events import read as read_calendar
from index.loaders.mail.quotes import Correspondents, Part, mark_quotes, separate
from index.loaders.office.package import add_extract
from index.loaders.plain.html import read_markup
from index.loaders.plain.text import decode, decode_as, superset

__all__ = ["extract_mail", "header_lines", "read"]

_SHOWN = ("From", "To", "Cc", "Subject", "Date")
_EXPECTED = (*_SHOWN, "Bcc", "Received", "Message-ID", "MIME-Version", "Return-Path")
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_REFERENCES = ("Message-ID", "In-Reply-To", "References")
_ID = re.compile(r"<([^<>\s]{3,250})>")
_MOST_REFERENCES = 50
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"\w+")
_SAID = 0.5  # share of the words of the HTML that a plain text has which says the same
_TEXTS = ("text/plain", "text/html", "text/calendar")
_SIGNATURES = {"application/pgp-signature", "application/pkcs7-signature",
               "application/x-pkcs7-signature"}  # fmt: skip
_ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}


def read(source: Source) -> Extract:
    """Header lines and text; the subject is the title; attached files and mails are attachments.

    Raises:
        LoadError: not an e-mail, or an encrypted one.
    """
    data = source.data
    if data.startswith(_BOMS):  # saved again with an editor
        data = decode(data).removeprefix("\ufeff").encode()
    message = message_from_bytes(data)
    if not any(name in message for name in _EXPECTED):
        raise LoadError("not an e-mail (it has no header lines): is the extension right?")
    return extract_mail(message)


def extract_mail(message: Message) -> Extract:
    """What :func:`read` gives, of a message that is parsed already."""
    parts = _Parts()
    parts.add(message)
    if parts.is_encrypted and not parts.texts:
        raise LoadError("it is encrypted: save it decrypted from the mail program")
    sent = _sent(message)
    values = header_lines(message)
    blocks = Blocks()
    blocks.add("\n".join(f"{name}: {value}" for name, value in values.items() if value))
    between = Correspondents.of((values["From"], values["To"], values["Cc"]), values["Subject"])
    quotes: list[Part] = []
    for extract in parts.texts:
        own, *quoted = separate(extract, between)
        _add_part(blocks, own)
        quotes += quoted
    for quote in quotes:
        blocks.add(quote.title, level=1)
        _add_part(blocks, quote)
    return Extract(
        blocks.text,
        title=values["Subject"] or None,
        headings=tuple(blocks.headings),
        date=f"{sent:%Y-%m-%d}" if sent else None,
        attachments=tuple(parts.attachments),
        references=_references(message),
    )


def header_lines(message: Message) -> dict[str, str]:
    """The values of the header lines that a reader wants, in order; "" for those it lacks."""
    values = {name: _header(message, name) for name in _SHOWN}
    sent = _sent(message)
    if sent is not None:
        values["Date"] = f"{sent:%Y-%m-%d %H:%M}"
    return values


def _references(message: Message) -> tuple[str, ...]:
    """The id of a mail, and those of the mails that it answers."""
    fields = (str(value) for name in _REFERENCES for value in message.get_all(name, ()))
    return tuple(dict.fromkeys(_ID.findall(" ".join(fields))))[:_MOST_REFERENCES]


def _add_part(blocks: Blocks, part: Part) -> None:
    add_extract(blocks, part.extract)
    if part.signature:
        blocks.add(f"Signature: {part.signature}")


@dataclass(slots=True)
class _Parts:
    """The texts and the attachments of a message, in their order."""

    texts: list[Extract] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    is_encrypted: bool = False

    def add(self, part: Message, *, is_shown: bool = True) -> None:
        """Take a part and those in it; of one that is not shown, only what is attached."""
        kind = part.get_content_type()
        self.is_encrypted |= kind in _ENCRYPTED and part.get_param("smime-type") != "signed-data"
        if kind == "message/rfc822" and isinstance(part.get_payload(), list):
            for inner in _children(part):
                name = _header(inner, "Subject") or "message"
                self.attachments.append(Attachment(f"{_file_name(name)}.eml", _as_bytes(inner)))
        elif part.is_multipart():
            children = list(_children(part))
            chosen = _alternative(children) if kind == "multipart/alternative" else None
            for child in children:
                shown = chosen is None or child is chosen
                extra = child.get_content_type() == "text/calendar"
                self.add(child, is_shown=is_shown and (shown or extra))
        elif kind in _TEXTS and not _name(part):
            if is_shown and part.get_content_disposition() != "attachment":
                self.texts.append(_text(part))
            elif part.get_content_disposition() == "attachment":
                self._attach(part)
        elif kind not in _SIGNATURES:
            self._attach(part)

    def _attach(self, part: Message) -> None:
        data = _payload(part)
        if data:
            suffix = {"text/plain": ".txt", "text/html": ".html"}.get(part.get_content_type(), "")
            self.attachments.append(Attachment(_name(part) or f"unnamed{suffix}", data))


def _alternative(children: list[Message]) -> Message | None:
    """The plain text of several forms of one text, else the last, which is the richest."""
    others = [child for child in children if child.get_content_type() != "text/calendar"]
    richest = next(reversed(others or children), None)
    for child in children:
        if child.get_content_type() == "text/plain" and _payload(child).strip():
            return richest if richest is not None and _is_stub(child, richest) else child
    return richest


def _is_stub(plain: Message, rich: Message) -> bool:
    """Whether a plain text leaves out most of the words of the HTML: "View this in a browser"."""
    html = next((part for part in rich.walk() if part.get_content_type() == "text/html"), None)
    if html is None:
        return False
    words = set(_WORD.findall(_characters(plain).casefold()))
    # First without a parser: it takes the words of style sheets too, so it finds less in common.
    rough = set(_WORD.findall(_TAG.sub(" ", _characters(html)).casefold()))
    if len(rough & words) >= _SAID * len(rough):
        return False
    shown = set(_WORD.findall(_text(html).text.casefold()))
    return len(shown & words) < _SAID * len(shown)


def _children(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    return (c for c in payload if isinstance(c, Message)) if isinstance(payload, list) else iter(())


def _text(part: Message) -> Extract:
    if part.get_content_type() == "text/calendar":
        with suppress(LoadError):  # else it is shown as it is
            return read_calendar(Source(_payload(part), "invitation.ics"))
    text = _characters(part)
    if part.get_content_type() == "text/html":
        return read_markup(mark_quotes(text)) if text.strip() else Extract("")
    return Extract(text)


def _characters(part: Message) -> str:
    data = _payload(part)
    try:
        text = decode_as(data, part.get_content_charset())
    except LoadError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _as_bytes(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except (UnicodeError, LookupError, ValueError):  # headers that cannot be written again
        return message.as_string().encode("utf-8", "replace")


def _name(part: Message) -> str:
    return _words(part.get_filename() or "")


def _file_name(subject: str) -> str:
    return " ".join(subject.replace("/", " ").replace("\\", " ").split())


def _header(message: Message, name: str) -> str:
    """The values of a header on one line, without their encoding."""
    found = [value for key, value in message.raw_items() if key.lower() == name.lower()]
    return ", ".join(words for words in map(_words, map(str, found)) if words)


def _words(value: str) -> str:
    """A header as a reader sees it.

    >>> _words("=?utf-8?q?Caf=C3=A9?= =?iso-8859-1?q?_M=FCller?= <a@b.org>")
    'Café Müller <a@b.org>'
    """
    data = value.encode("utf-8", "surrogateescape")  # bytes that are not ASCII, as they came
    try:
        value = decode(data)
    except LoadError:
        value = data.decode("latin-1")
    try:
        pieces = [
            piece
            if isinstance(piece, str)
            else piece.decode(superset(charset or "latin-1"), "replace")
            for piece, charset in decode_header(value)
        ]
    except (HeaderParseError, LookupError, ValueError):
        pieces = [value]
    return " ".join("".join(pieces).encode(errors="replace").decode().split())


def _sent(message: Message) -> datetime | None:
    """When the mail was sent, by the sender's clock."""
    try:
        return parsedate_to_datetime(_header(message, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
