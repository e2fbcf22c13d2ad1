"""Mailboxes (.mbox): a list of the mails; each mail is an attachment, so a document of its own.

A mail begins with a line "From ... 09:12:00 ..." behind an empty line, before a header line.
"""

from __future__ import annotations

import re
from email.parser import BytesHeaderParser

from index.errors import LoadError
from index.loaders.extract import Attachment, Blocks, Extract, Source, shortened
from index.loaders.mail.message import header_lines
from index.loaders.plain.rows import add_record

__all__ = ["read"]

_BEGINNING = re.compile(  # the words first, by which re finds its place fast
    rb"From (?:(?<=\n\nFrom )|(?<=\n\r\nFrom )|(?<=\AFrom ))"
    rb"[^\n]*\d\d:\d\d[^\n]*\n(?=[!-9;-~]+:|>From )"
)
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_MAX_MAILS = 10_000


def read(source: Source) -> Extract:
    """A statement a mail ("mail 3"), with who wrote it, when and about what.

    Raises:
        LoadError: no mail in it.
    """
    data = source.data.lstrip(b"\xef\xbb\xbf\r\n")
    beginnings = list(_BEGINNING.finditer(data))
    if not beginnings:
        raise LoadError('not a mailbox (no line "From ..." begins a mail): is the extension right?')
    unread = []
    if beginnings[0].start():
        unread.append("what stands before its first mail is not read")
    if len(beginnings) > _MAX_MAILS:
        unread.append(f"of its {len(beginnings)} mails, only the first {_MAX_MAILS} are read")
    ends = [beginning.start() for beginning in beginnings[1:]] + [len(data)]
    blocks = Blocks()
    attachments: list[Attachment] = []
    for number, (beginning, end) in enumerate(
        zip(beginnings[:_MAX_MAILS], ends[:_MAX_MAILS], strict=True), start=1
    ):
        mail = _ESCAPED.sub(rb"\1", data[beginning.end() : end])
        values = header_lines(BytesHeaderParser().parsebytes(mail))
        add_record(blocks, [("Mail", str(number)), *values.items()], f"mail {number}")
        subject = shortened(values["Subject"].replace("/", " ").replace("\\", " ")) or "mail"
        attachments.append(Attachment(f"{number} {subject}.eml", mail))
    return Extract(
        blocks.text,
        places=tuple(blocks.places),
        attachments=tuple(attachments),
        unread="; ".join(unread),
    )
