r"""Subtitles (SubRip, WebVTT): what is said, in paragraphs, with the times as places.

Numbers, times, headers, comments, styles and markup are no text. The cues of a sentence are one
paragraph; a sentence that is over, a pause or another speaker begins the next one, and a voice
(``<v Lee>``) stands before each of its paragraphs: "Lee: ". Roles are not guessed from the text.
Every cue is a place, its start ("00:01:23").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
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
_BLANK_LINE = re.compile(r"\n[ \t]*(?:\n|\Z)")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:\s([^<>]*))?>", re.I)
# Tags of both formats, times inside a cue, and what SubRip has from SubStation ("{\an8}").
_MARKUP = re.compile(
    r"</?(?:[bisuvc]|font|ruby|rt|lang)(?:[.\s][^<>]*)?/?>|<[\d:.]+>|\{\\[^}\n]*\}", re.I
)
_PAUSE_S = 3.0
_HEAD = 4000  # bytes; styles may stand before the first cue
_START = re.compile(
    rf"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:WEBVTT(?:[ \t][^\n]*)?\n.*?^|\s*\d+[ \t]*\n){_TIMES}$",
    re.M | re.S,
)


@dataclass(frozen=True, slots=True)
class _Cue:
    """What one speaker says in a cue; the times are seconds from the beginning."""

    start: float
    end: float
    speaker: str
    text: str


def is_subtitles(data: bytes) -> bool:
    r"""Whether bytes begin as subtitles do: the header of WebVTT or a number, then times.

    >>> is_subtitles(b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    True
    >>> is_subtitles(b"WEBVTT\n\nis how such a file begins.\n")
    False
    """
    # In UTF-16 every other byte of these characters is zero.
    head = data[:_HEAD].replace(b"\x00", b"").decode("latin-1")
    return _START.match(head.replace("\r\n", "\n").replace("\r", "\n")) is not None


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
    said = [cue for cue in cues if cue.text]
    if not said:
        raise LoadError(f"subtitles without text: only times and markup in its cues ({len(cues)})")
    blocks = Blocks()
    for cue, begins in zip(said, _begins(said), strict=True):
        name = f"{cue.speaker}: " if begins and cue.speaker else ""
        separator = "\n\n" if begins else " "
        blocks.add(name + cue.text, separator=separator, place=_clock(cue.start))
    return Extract(blocks.text, places=tuple(blocks.places), unread=unread)


def _cues(text: str, *, is_webvtt: bool) -> tuple[list[_Cue], str]:
    """The cues in their order, and in words those whose times cannot be read."""
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
        start, stop = _seconds(times[1]), _seconds(times[2])
        cues += (_Cue(start, stop, speaker, said) for speaker, said in _voices(content))
    if not damaged:
        return cues, ""
    line = text.count("\n", 0, damaged[0]) + 1
    return cues, f"of its {len(marks)} cues, {len(damaged)} without readable times (line {line})"


def _voices(content: str) -> Iterator[tuple[str, str]]:
    """Speaker (or "") and text of each voice in a cue; of a cue without text, one without."""
    first, *others = _VOICE.split(content)
    spoken = [("", first), *zip(others[::2], others[1::2], strict=True)]
    said = [(_plain(speaker or ""), _plain(words)) for speaker, words in spoken]
    yield from [(speaker, words) for speaker, words in said if words] or [("", "")]


def _plain(markup: str) -> str:
    return " ".join(unescape(_MARKUP.sub("", markup)).split())


def _begins(cues: list[_Cue]) -> Iterator[bool]:
    """Whether each cue begins a paragraph."""
    joined = " ".join(cue.text for cue in cues)
    sentences = {span.end for span in sentence_spans(joined, language_of(joined))}
    ends = accumulate(len(cue.text) + 1 for cue in cues)
    yield True
    for (cue, following), end in zip(pairwise(cues), ends, strict=False):
        is_other = following.speaker != cue.speaker
        yield is_other or following.start - cue.end > _PAUSE_S or end - 1 in sentences


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
