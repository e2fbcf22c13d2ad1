r"""Subtitles (SubRip, WebVTT): what is said, in paragraphs, with the times as places.

Numbers, times, headers, comments, styles and markup are no text, and neither are the lines that
captions show again while they roll (YouTube). The cues of a sentence are one paragraph; a sentence
that is over, a pause or another speaker begins the next one: a voice (``<v Lee>``), which stands
before each of its paragraphs ("Lee: "), a name in brackets, or a dash ("- Yes. - No."). What is in
brackets alone or only once is a sound ("[Music]"), a paragraph of its own. Roles are not guessed
from the text. Every cue is a place, its start ("00:01:23"). A transcript, as of YouTube, has each
time on a line of its own; where nobody set full stops, each cue is a paragraph.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from html import unescape
from itertools import accumulate, pairwise

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.plain.text import decode
from index.text.language import language_of
from index.text.sentences import sentence_spans

__all__ = ["is_subtitles", "read"]

_TIME = r"(?:\d+:)?[0-5]?\d:[0-5]?\d(?:[.,]\d{1,3})?"
_TIMES = rf"[ \t]*({_TIME})[ \t]*-->[ \t]*({_TIME})(?![\d:.,])[^\n]*"
# A line that is meant as the times of a cue, and in SubRip the number above it.
_CUE = re.compile(r"^(?:[ \t]*\d+[ \t]*\n)?(?P<times>[ \t]*-?\d[^\n]*-->[^\n]*)$", re.M)
_HEADER = re.compile(r"\ufeff?WEBVTT(?!\S)")
_BLANK_LINE = re.compile(r"\n(?:\n|\Z)")  # a line with a space is a line of the cue
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:\s([^<>]*))?>", re.I)
# Tags of both formats, times inside a cue, and what SubRip has from SubStation ("{\an8}").
_MARKUP = re.compile(
    r"</?(?:[bisuvc]|font|ruby|rt|lang)(?:[. \t][^<>\n]*)?/?>|<[\d:.,]+>|\{\\[^}\n]*\}", re.I
)
_BRACKETED = re.compile(r"(\[[^\]]{1,40}\])\s*(.*)", re.S)
_DASHES = frozenset("-‐–—")
# A dash at the beginning of a line, or in a cue that begins with one, behind a sentence.
_DASH = re.compile(
    r"(?:^[ \t]*|(?<=[.!?…。！？\"”»)♪])[ \t]+)[-‐–—](?:[ \t]+(?=\S)|(?=[^\W\d_]|[\"“«¿¡(\[…♪]))",
    re.M,
)
_PAUSE_S = 3.0
_LONG = 400  # characters of a paragraph that has no end of a sentence
_FEW_ENDS = 0.1  # of the cues end a sentence where nobody set full stops
_AT_ONCE_S = 0.05  # between two cues, at most, of captions that roll
_ROLLING = 0.25  # share of the cues, at least
_LINES = 8  # of a cue, at most, that are shown again
_HEAD = 4000  # bytes; styles may stand before the first cue
_START = re.compile(
    rf"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:WEBVTT(?:[ \t][^\n]*)?\n.*?^|\s*\d+[ \t]*\n){_TIMES}$",
    re.M | re.S,
)

# "0:03" on a line of its own, three times at least; the first is in the first minute.
_SHORT_TIME = r"[\[(]?(?:\d{1,2}:)?\d{1,3}:[0-5]\d[\])]?[ \t]*"
_SHORT_CUE = re.compile(r"^[ \t]*[\[(]?((?:\d{1,2}:)?\d{1,3}:[0-5]\d)[\])]?[ \t]*$", re.M)
_SAID = r"\n(?:[^\n]*[^\W\d][^\n]*\n){1,4}\s*"
_TRANSCRIPT = re.compile(
    rf"(?:\xef\xbb\xbf|\ufeff)?\s*(?=[\[(]?(?:0{{1,2}}:)?0{{1,2}}:){_SHORT_TIME}{_SAID}"
    rf"(?:{_SHORT_TIME}{_SAID}){{2}}"
)


@dataclass(frozen=True, slots=True)
class _Cue:
    """What a cue shows, with its markup; the times are seconds from the beginning."""

    start: float
    end: float
    content: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one speaker says in a cue; ``opens``: a dash says that it is another one."""

    start: float
    end: float
    speaker: str
    text: str
    opens: bool


def is_subtitles(data: bytes) -> bool:
    r"""Whether bytes begin as subtitles do: the header of WebVTT or a number, then times.

    >>> is_subtitles(b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    True
    >>> is_subtitles(b"WEBVTT\n\nis how such a file begins.\n")
    False
    """
    # In UTF-16 every other byte of these characters is zero.
    head = data[:_HEAD].replace(b"\x00", b"").decode("latin-1")
    head = head.replace("\r\n", "\n").replace("\r", "\n")
    return _START.match(head) is not None or _TRANSCRIPT.match(head) is not None


def read(source: Source) -> Extract:
    """What is said, each cue a place; a cue whose times are not readable is reported.

    Raises:
        LoadError: there is no cue with times in it, or no text in any cue.
    """
    text = decode(source.data)
    is_webvtt = source.suffix == ".vtt" or _HEADER.match(text) is not None
    cues, unread = _cues(text, is_webvtt=is_webvtt)
    if not cues:
        raise LoadError(
            f"not readable as subtitles: none of its {len(text.splitlines())} lines has times "
            'as "00:01:23,000 --> 00:01:25,000": is the extension right?'
        )
    unrolled = _unrolled(cues)
    sounds = _sounds(unrolled)
    spoken = [turn for cue in unrolled for turn in _turns(cue, sounds)]
    if not spoken:
        raise LoadError(f"subtitles without text: only times and markup in its cues ({len(cues)})")
    blocks = Blocks()
    for turn, begins in zip(spoken, _begins(spoken), strict=True):
        name = f"{turn.speaker}: " if begins and turn.speaker else ""
        separator = "\n\n" if begins else " "
        blocks.add(name + turn.text, separator=separator, place=_clock(turn.start))
    return blocks.extract(unread=unread)


def _cues(text: str, *, is_webvtt: bool) -> tuple[list[_Cue], str]:
    """The cues in their order, and in words those whose times cannot be read."""
    if _TRANSCRIPT.match(text):
        return _transcript(text), ""
    marks = list(_CUE.finditer(text))
    ends = [*(mark.start() for mark in marks), len(text)][1:]
    cues: list[_Cue] = []
    damaged: list[int] = []
    for mark, end in zip(marks, ends, strict=True):
        times = re.fullmatch(_TIMES, mark["times"])
        if times is None:
            damaged.append(mark.start("times"))
            continue
        content = text[mark.end() : end]
        if is_webvtt:  # after a blank line come comments, styles and the name of the next cue
            content = _BLANK_LINE.split(content, maxsplit=1)[0]
        cues.append(_Cue(_seconds(times[1]), _seconds(times[2]), content))
    if not damaged:
        return cues, ""
    line = text.count("\n", 0, damaged[0]) + 1
    return cues, f"of its {len(marks)} cues, {len(damaged)} without readable times (line {line})"


def _transcript(text: str) -> list[_Cue]:
    times = list(_SHORT_CUE.finditer(text))
    seconds = [_seconds(time[1]) for time in times]
    ends = [time.start() for time in times[1:]]
    texts = (text[time.end() : end] for time, end in zip(times, [*ends, len(text)], strict=True))
    return [
        _Cue(start, end, said)
        for start, end, said in zip(seconds, [*seconds[1:], seconds[-1]], texts, strict=True)
    ]


def _unrolled(cues: list[_Cue]) -> list[_Cue]:
    """The cues without the lines that they show again, where the captions roll."""
    at_once = [0, *(b.start - a.end <= _AT_ONCE_S for a, b in pairwise(cues))]
    if sum(at_once) < _ROLLING * len(cues):
        return cues
    shown = [_shown(cue.content) for cue in cues]
    again = [0, *(_shared(above, below) for above, below in pairwise(shown))]
    counts = [count if is_next else 0 for count, is_next in zip(again, at_once, strict=True)]
    if sum(map(bool, counts)) < _ROLLING * len(cues):
        return cues
    return [
        replace(cue, content="\n".join(lines[count:]))
        for cue, (_, lines), count in zip(cues, shown, counts, strict=True)
    ]


def _shown(content: str) -> tuple[list[str], list[str]]:
    """The lines of a cue that are not blank, without markup and with it."""
    lines = zip(_MARKUP.sub("", content).split("\n"), content.split("\n"), strict=True)
    held = [(plain.strip(), line) for plain, line in lines if plain.strip()]
    return [plain for plain, _ in held], [line for _, line in held]


def _shared(shown: tuple[list[str], list[str]], following: tuple[list[str], list[str]]) -> int:
    """With how many of the last lines of a cue the next one begins, at most ``_LINES``."""
    above, below = shown[0], following[0]
    most = min(len(above), len(below), _LINES)
    return next((n for n in range(most, 0, -1) if above[-n:] == below[:n]), 0)


def _sounds(cues: list[_Cue]) -> set[str]:
    """The marks in brackets ("[Music]") that name no speaker: alone, or before words only once."""
    before: Counter[str] = Counter()
    alone: set[str] = set()
    for cue in cues:
        if found := _BRACKETED.match(_plain(cue.content)):
            if found[2]:
                before[found[1]] += 1
            else:
                alone.add(found[1])
    return alone | {mark for mark, count in before.items() if count == 1}


def _turns(cue: _Cue, sounds: Set[str]) -> Iterator[_Turn]:
    """What each voice says, and of it what each dash begins; nothing of a cue without text."""
    first, *others = _VOICE.split(cue.content)
    for speaker, words in [("", first), *zip(others[::2], others[1::2], strict=True)]:
        name = _plain(speaker) if speaker else ""
        for text, opens in _parts(unescape(_MARKUP.sub("", words)).strip()):
            sound = _BRACKETED.match(text)
            if sound and sound[2] and sound[1] in sounds:
                yield _Turn(cue.start, cue.end, name, sound[1], opens=True)
                yield _Turn(cue.start, cue.end, name, sound[2], opens=True)
            else:
                yield _Turn(cue.start, cue.end, name, text, opens or sound is not None)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    r"""The text from dash to dash, on one line each, and whether a dash begins it; no empty ones.

    >>> list(_parts("- Is it far?\n- No. – Then come."))
    [('Is it far?', True), ('No.', True), ('Then come.', True)]
    >>> list(_parts("so we\n-5 degrees - and - left"))
    [('so we -5 degrees - and - left', False)]
    """
    every = () if _DASHES.isdisjoint(text) else _DASH.finditer(text)
    dashes = [found for found in every if not text[found.end()].islower()]
    if not (dashes and dashes[0].start() == 0):
        dashes = [found for found in dashes if text[found.start() - 1] == "\n"]
    starts = [(0, False), *((found.end(), True) for found in dashes)]
    ends = [*(found.start() for found in dashes), len(text)]
    for (start, opens), end in zip(starts, ends, strict=True):
        if part := " ".join(text[start:end].split()):
            yield part, opens


def _plain(markup: str) -> str:
    return " ".join(unescape(_MARKUP.sub("", markup)).split())


def _begins(turns: list[_Turn]) -> Iterator[bool]:
    """Whether each turn begins a paragraph."""
    joined = " ".join(turn.text for turn in turns)
    sentences = {span.end for span in sentence_spans(joined, language_of(joined))}
    ends = list(accumulate(len(turn.text) + 1 for turn in turns))
    full_stops = sum(end - 1 in sentences for end in ends[:-1])
    most = 0 if full_stops < _FEW_ENDS * len(ends) and len(ends) > 3 else _LONG
    yield True
    began = 0
    for (turn, following), end in zip(pairwise(turns), ends, strict=False):
        is_other = following.opens or following.speaker != turn.speaker
        is_over = end - 1 in sentences or end - began > most
        mark = _BRACKETED.match(turn.text)
        is_over = is_over or (mark is not None and not mark[2])
        begins = is_other or is_over or following.start - turn.end > _PAUSE_S
        began = end if begins else began
        yield begins


def _seconds(time: str) -> float:
    """Seconds of "1:02:03,5" or "02:03.500".

    >>> _seconds("1:02:03,5"), _seconds("02:03.500")
    (3723.5, 123.5)
    """
    seconds = 0.0
    for part in time.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds.

    >>> _clock(83.9)
    '00:01:23'
    """
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
