"""Chats and logs as plain text: each message and each line of a log is one paragraph.

It begins with its time (WhatsApp, logs), or stands below a line that ends with it (Discord, Slack,
Teams, Telegram). Its further lines, as of a stack trace, belong to it and are joined by " / ".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["messages"]

Message = tuple[int, str]

_DATE = r"(?:\d{1,4}[-./]\s?\d{1,2}[-./]\s?\d{1,4}\.?|[^\W\d_]{3,9}\.?\s+\d{1,2})"
_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,9})?(?:Z|\s?[+-]\d{2}:?\d{2})?"
_HALF = r"(?:\s?[AaPp]\.?\s?[Mm]\.?)?"  # of the day
_STAMP = rf"{_DATE},?[\sT](?:[^\W\d_]{{1,4}}\s)?{_TIME}{_HALF}"
_BEGINS = re.compile(rf"\ufeff?[\u200e\u200f]?[\[(<]?{_STAMP}(?![\w.:])[\])>]?(?=.*\S)")
_ENDS = re.compile(rf"(?P<who>\S[^\n]{{0,60}}?)[\s,]*[-–—|:·,\[(]?\s*{_STAMP}[\])]?:?\s*$")
_MIN = 3
_MIN_SHARE = 0.2  # of the lines
_MAX_JOINED = 4000  # characters


def messages(lines: Sequence[str]) -> list[Message]:
    """The number of the first line of each message, from 0, and its text; none for other texts.

    >>> times = "[1.2.26, 18:02]", "[1.2.26, 18:03]", "[1.2.26, 18:04]"
    >>> chat = [f"{times[0]} Lea: Who?", f"{times[1]} Jo: I", "and Mia", f"{times[2]} Lea: OK"]
    >>> messages(chat)[1]
    (1, '[1.2.26, 18:03] Jo: I / and Mia')
    """
    filled = [(n, line.strip()) for n, line in enumerate(lines) if line.strip()]
    for begins, least in ((_BEGINS, _MIN), (_ENDS, _MIN - 1)):
        # Something may stand above the first message, as the name of the chat.
        if not _starts(filled[:2], begins):
            continue
        starts = _starts(filled, begins)
        if len(starts) >= least and len(starts) >= _MIN_SHARE * len(filled):
            return _joined(filled, set(starts), is_head=begins is _ENDS)
    return []


def _starts(filled: Sequence[Message], begins: re.Pattern[str]) -> list[int]:
    """The numbers of the lines that are the first of a message."""
    return [n for n, line in filled if begins.match(line) and len(line) < _MAX_JOINED]


def _joined(filled: Sequence[Message], starts: set[int], *, is_head: bool) -> list[Message]:
    found: list[Message] = []
    fresh = False
    for number, line in filled:
        if number in starts or not found or len(found[-1][1]) > _MAX_JOINED:
            found.append((number, line))
            fresh = True
            continue
        at, text = found[-1]
        sign = ": " if is_head and fresh and at in starts else " / "
        found[-1] = (at, f"{text.rstrip(':') if sign == ': ' else text}{sign}{line}")
        fresh = False
    return found
