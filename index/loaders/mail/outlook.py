"""Outlook messages (.msg): python-oxmsg reads the container; then it is an e-mail like others."""

from __future__ import annotations

import struct
from email.encoders import encode_base64
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Extract, Source
from index.loaders.mail.message import extract_mail
from index.loaders.rtf import read as read_rtf

__all__ = ["read"]

_ATTACH_FILENAME, _DISPLAY_NAME = 0x3704, 0x3001  # property ids of MS-OXPROPS
_RTF_COMPRESSED = 0x1009
_REFERENCES = {"Message-ID": 0x1035, "In-Reply-To": 0x1042, "References": 0x1039}
_RTF_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_EMBEDDED = "__substg1.0_3701000D"
_EMBEDDED_HEADER = 24  # bytes before the properties of a message inside a message


def read(source: Source) -> Extract:
    """Header lines and text; attached files and messages are attachments.

    Raises:
        LoadError: another kind of OLE file, or damaged.
    """
    from oxmsg import Message as OutlookMessage

    try:
        mail = _as_mail(OutlookMessage.load(source.data))
    except LoadError:
        raise
    except Exception as exc:  # olefile and oxmsg let KeyError, struct.error and others through
        raise LoadError(
            f"not readable as an Outlook message ({type(exc).__name__}): save it from Outlook"
            " again, or as .eml"
        ) from exc
    return extract_mail(mail)


def _as_mail(message: Any) -> Message:
    """The same message as an e-mail."""
    mail = MIMEMultipart()
    headers = {name.lower(): value for name, value in message.message_headers.items()}
    people = [
        (kind, formataddr((person.name, person.email_address), "utf-8") if person.email_address
         else person.name)
        for person in message.recipients
        for kind in [person.properties.int_prop_value(0x0C15) or 1]
    ]  # fmt: skip
    sent = message.sent_date
    values = {
        "From": message.sender,
        "To": headers.get("to") or ", ".join(who for kind, who in people if kind == 1),
        "Cc": headers.get("cc") or ", ".join(who for kind, who in people if kind == 2),
        "Subject": message.subject,
        "Date": headers.get("date") or (format_datetime(sent) if sent else None),
    }
    for name, number in _REFERENCES.items():
        values[name] = headers.get(name.lower()) or message.properties.str_prop_value(number)
    for name, value in values.items():
        if value and value.strip():
            mail[name] = " ".join(str(value).replace("\x00", "").split())
    body, html = message.body, message.html_body
    if (body and body.strip()) or (html and html.strip()):
        forms = MIMEMultipart("alternative")
        for text, kind in ((body, "plain"), (html, "html")):
            if text and text.strip():
                forms.attach(MIMEText(text, kind, "utf-8"))
        mail.attach(forms)
    elif packed := message.properties.binary_prop_value(_RTF_COMPRESSED):
        text = read_rtf(Source(unpacked(packed), "body.rtf")).text
        mail.attach(MIMEText(text, "plain", "utf-8"))
    for attachment in message.attachments:
        mail.attach(_attached(attachment))
    return mail


def unpacked(packed: bytes) -> bytes:
    """The RTF of a message that has no other text (LZFu, MS-OXRTFCP 2.2)."""
    size, kind = struct.unpack_from("<4xI4s4x", packed)
    if kind == b"MELA":  # not compressed
        return packed[16 : 16 + size]
    window = bytearray(_RTF_START.ljust(4096, b"\0"))
    write, at, out = len(_RTF_START), 16, bytearray()
    while at < len(packed) and len(out) < size:
        control, at = packed[at], at + 1
        for bit in range(8):
            if at >= len(packed) or len(out) >= size:
                break
            if control >> bit & 1:
                reference = int.from_bytes(packed[at : at + 2], "big")
                at += 2
                offset, length = reference >> 4, (reference & 15) + 2
                if offset == write:
                    return bytes(out)
            else:
                window[write] = packed[at]
                at += 1
                offset, length = write, 1
            for step in range(length):
                byte = window[(offset + step) % 4096]
                out.append(byte)
                window[write] = byte
                write = (write + 1) % 4096
    return bytes(out)


def _attached(attachment: Any) -> Message:
    from oxmsg import Message as OutlookMessage
    from oxmsg.properties import Properties

    for storage in attachment._storage.storages:
        if storage.name == _EMBEDDED:
            inner = OutlookMessage(storage)
            inner.__dict__["_properties"] = Properties(storage, _EMBEDDED_HEADER)
            return MIMEMessage(_as_mail(inner))
    properties = attachment.properties
    name = (
        attachment.file_name
        or properties.str_prop_value(_ATTACH_FILENAME)
        or properties.str_prop_value(_DISPLAY_NAME)
        or "unnamed"
    )
    part = MIMEBase("application", "octet-stream")
    part.set_payload(attachment.file_bytes or b"")
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part
