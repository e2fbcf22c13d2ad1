"""Whose words the lines of a mail are: the sender's own, a signature, or quoted from another mail.

Programs write the same shapes in every language, so no word of any language is looked for: lines
behind ">", a line with a date and an address that ends in a colon, a block of header lines
("From: ...") with a date and with people of this mail, ``blockquote`` in HTML. What has none of
these shapes stays with the sender's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import getaddresses

from index.loaders.extract import Extract
from index.types import Heading

__all__ = ["QUOTED", "Correspondents", "Part", "mark_quotes", "separate", "topic_of"]

_BEGIN, _END = "\ue000", "\ue001"  # of the private use area: where a quote in HTML begins and ends
_BLOCKQUOTE = re.compile(r"<(/?)blockquote\b([^<>]{0,2000})>", re.IGNORECASE)
_OF_ANOTHER = re.compile(r"""type=["']?cite|class=["']?[^"'>]*quot|border-left""", re.IGNORECASE)
_STYLE = re.compile(r"\bstyle\s*=", re.IGNORECASE)  # else one that is only indented
# What a text must have to be more than own words: a mark of a quote or of a signature, a line that
# ends in a colon, or two lines of the kind "Name: value".
_HAS_SHAPE = re.compile(
    rf"^[ \t]*>|{_BEGIN}|[:：][ \t]*$|^--[ \t]?$|^[^\n:：]{{1,40}}[:：].*\n[^\n:：]{{1,40}}[:：]",
    re.MULTILINE,
)
_QUOTED = re.compile(r"(?:>[ \t]?)+")
_SIGNATURE = re.compile(r"--\s?$")
_RULE = re.compile(r"[-_=—–*]{2,}(?P<words>[^-_=—–*]{0,60})[-_=—–*]{2,}$|[-_=—–]{5,}$")
_FIELD = re.compile(r"[*_]{0,2}[^\W\d_][\w .'’/-]{0,30}?[*_]{0,2}\s?[:：][*_]{0,2}\s*(?!//)(\S.*)")
_REPLY_MARKS = re.compile(r"(?:[^\W\d_]{1,6}\s?(?:\[\d+\])?\s?[:：]\s*)+")
_DATED = re.compile(r"(?<!\d)(?:[12]\d{3}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2}(?!\d))")
_TIMED = re.compile(r"\d[:.h]\d\d")
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"@]+@[^\s<>()\[\]:;,\"]+")
_BRACKETED = re.compile(r"[<(\[](?:mailto:)?[^\s<>()@]+@[^\s<>()]+[>)\]]")
_WHEN = re.compile(r"(?:[^\W\d]+\.?\s(?=\d{1,2},\s\d{4}))?\d(?:.*\d)?(?:\s?[AaPp]\.?[Mm]\b)?")
QUOTED = "Quoted"
"""What the title of every quote begins with."""
_MAX_DEPTH = 40
_MAX_HEAD_LINES, _MAX_HEAD = 3, 300
_MAX_FIELDS = 10
_MAX_SIGNATURE_LINES = 15
_MAX_IN_PLACE = 500
_MAX_WHEN = 60


@dataclass(frozen=True, slots=True)
class Correspondents:
    """Who sends and gets a mail, by name and by address, and what it is about."""

    people: tuple[tuple[str, str], ...]
    subject: str

    @classmethod
    def of(cls, headers: Iterable[str], subject: str) -> Correspondents:
        """Those of the values of From, To and Cc.

        >>> Correspondents.of(["Ida Holm <ida@a.org>"], "Re: Roof").known_in("Holm, Ida")
        'Ida Holm'
        """
        people = getaddresses(list(headers))
        known = tuple((name, address.casefold()) for name, address in people if name or address)
        return cls(known, topic_of(subject))

    def known_in(self, text: str) -> str:
        """The name, else the address, of the first of them whom a text names; else ""."""
        words = set(_words(text))
        lower = text.casefold()
        for name, address in self.people:
            if (address and address in lower) or (name and words.issuperset(_words(name))):
                return name or address
        return ""

    def are_named_in(self, value: str) -> bool:
        """Whether the value of a header line is an address, one of them, or their subject."""
        return self.are_about(value) or "@" in value or bool(self.known_in(value))

    def are_about(self, value: str) -> bool:
        """Whether a text is their subject, with or without marks of replies."""
        return bool(self.subject) and topic_of(value) == self.subject


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without its quotation marks, their number, and the headings that begin in it."""

    text: str
    depth: int
    headings: tuple[Heading, ...] = ()


@dataclass(slots=True, eq=False)
class Part:
    """The words of one person: ``title`` says whose and when, "" of the sender of the mail."""

    title: str = ""
    lines: list[_Line | Part] = field(default_factory=list)
    signature: str = ""

    @property
    def extract(self) -> Extract:
        """The text without the signature, and its headings."""
        texts: list[str] = []
        headings: list[Heading] = []
        length = 0
        for line in self.lines:
            if isinstance(line, _Line) and (line.text or texts[-1:] != [""]):
                headings += [Heading(h.text, h.level, length + h.start) for h in line.headings]
                texts.append(line.text)
                length += len(line.text) + 1
        return Extract("\n".join(texts), headings=tuple(headings))


def mark_quotes(markup: str) -> str:
    """HTML with a mark where quotes of other mails begin and end, for :func:`separate`."""
    are_quotes: list[bool] = []

    def marked(tag: re.Match[str]) -> str:
        if not tag[1]:
            is_another = _OF_ANOTHER.search(tag[2]) or not _STYLE.search(tag[2])
            are_quotes.append(bool(is_another))
            return f"{tag[0]}<p>{_BEGIN}</p>" if are_quotes[-1] else tag[0]
        is_quote = are_quotes.pop() if are_quotes else False
        return f"<p>{_END}</p>{tag[0]}" if is_quote else tag[0]

    return _BLOCKQUOTE.sub(marked, markup)


def separate(extract: Extract, between: Correspondents) -> list[Part]:
    """The parts of the text of a mail: the sender's own words first, then each quote, once.

    A quote of one paragraph to which own words reply stays before them, marked in words.
    """
    own = Part()
    may_have = any(sign in extract.text for sign in (">", ":", "：", "\n--", _BEGIN))
    if not (may_have and _HAS_SHAPE.search(extract.text)):
        own.lines.append(_Line(extract.text, 0, extract.headings))
        return [own]
    lines = _lines(extract)
    parts, opened = [own], [(0, own)]
    cut: set[int] = set()  # at these depths, all that follows is quoted without marks
    at = 0
    while at < len(lines):
        line = lines[at]
        cut = cut and {depth for depth in cut if depth <= line.depth}
        title, taken = "", 0
        kept: list[_Line] = []
        if any(":" in n.text or "：" in n.text for n in lines[at : at + _MAX_HEAD_LINES]):
            title, taken, kept = _unmarked_quote(lines, at, between)
        if taken:
            cut.add(line.depth)
        level = 2 * line.depth + (line.depth in cut)
        while opened[-1][0] > level or (taken and opened[-1][0] == level):
            opened.pop()
        above = opened[-1][1]
        if opened[-1][0] < level:
            title = title or _taken_title(above.lines, between) or _last_title(above.lines)
            part = Part(title or QUOTED)
            parts.append(part)
            above.lines.append(part)
            opened.append((level, part))
        if taken:
            opened[-1][1].lines += [*kept, _Line("", line.depth)]
        else:
            opened[-1][1].lines.append(line)
        at += max(taken, 1)
    for part in parts:
        _cut_signature(part)
    in_place = _put_in_place(own)
    return [own, *(p for p in parts[1:] if p not in in_place and _has_words(p))]


def _lines(extract: Extract) -> list[_Line]:
    lines: list[_Line] = []
    headings = list(extract.headings)[::-1]
    start = inside = 0
    for raw in extract.text.split("\n"):
        found = _QUOTED.match(raw) if raw.startswith(">") else None
        lead = found.end() if found else 0
        depth = inside + raw.count(">", 0, lead)
        here = []
        while headings and headings[-1].start <= start + len(raw):
            heading = headings.pop()
            here.append(Heading(heading.text, heading.level, heading.start - start - lead))
        start += len(raw) + 1
        if raw.strip() in (_BEGIN, _END):
            inside = max(0, inside + (1 if _BEGIN in raw else -1))
        else:
            text = raw[lead:].replace(_BEGIN, "").replace(_END, "")
            lines.append(_Line(text.rstrip(), min(depth, _MAX_DEPTH), tuple(here)))
    after = 0
    for number in range(len(lines) - 1, -1, -1):  # an empty line belongs to what it parts
        line = lines[number]
        if line.text.strip():
            after = line.depth
        else:
            before = next((n.depth for n in lines[max(0, number - 1) : number]), 0)
            lines[number] = _Line("", min(after, max(before, line.depth)))
    return lines


def _unmarked_quote(
    lines: Sequence[_Line], at: int, between: Correspondents
) -> tuple[str, int, list[_Line]]:
    """Title, number of lines, and which of them say more, if a quote without marks begins.

    It begins with header lines below a rule or alone, or with a line that says who wrote when.
    """
    depth = lines[at].depth
    rule = _RULE.match(lines[at].text.strip()[:_MAX_HEAD])
    first = at
    if rule:
        first += 1
        while first < len(lines) and first < at + _MAX_HEAD_LINES and not lines[first].text:
            first += 1
    values: list[str] = []
    for following in lines[first : first + _MAX_FIELDS]:
        found = _FIELD.match(following.text.strip()[:_MAX_HEAD])
        if found is None or following.depth != depth:
            break
        values.append(found[1])
    if _are_headers(values, rule, between):
        who = next(
            (v for v in values if not _DATED.search(v) and not between.are_about(v)), values[0]
        )
        when = next((v for v in values if v != who and _DATED.search(v)), "")
        fields = zip(lines[first : first + len(values)], values, strict=True)
        kept = [line for line, v in fields if v not in (who, when) and not _is_known(v, between)]
        return _title(_name(who, between) or who, when), first - at + len(values), kept
    for count in range(1, _MAX_HEAD_LINES + 1):
        text = _joined(lines[at : at + count], depth)
        if text.endswith((":", "：")):
            follows = next((n for n in lines[at + count :] if n.text), None)
            if (
                follows
                and follows.depth == depth
                and _DATED.search(text)
                and _TIMED.search(text)
                and _BRACKETED.search(text)
            ):
                return _attribution(text, between), count, []
            break
    return "", 0, []


def _is_known(value: str, between: Correspondents) -> bool:
    """Whether the value of a header line is the subject of the mail or some of its people."""
    return between.are_about(value) or all(map(between.known_in, re.split("[;,]", value)))


def _are_headers(
    values: Sequence[str], rule: re.Match[str] | None, between: Correspondents
) -> bool:
    if not any(map(_DATED.search, values)):
        return False
    named = [between.are_named_in(value) for value in values]
    if rule:
        return len(values) > 1 and (bool((rule["words"] or "").strip()) or any(named))
    return (
        len(values) > 2
        and (named[0] or any(map(between.are_about, values)))
        and sum(named) > 1
        and any(map(_TIMED.search, values))
    )


def _joined(lines: Sequence[_Line], depth: int) -> str:
    """Lines of one paragraph as one, "" if they are not of one or too long."""
    if any(line.depth != depth or not line.text.strip() for line in lines):
        return ""
    text = " ".join(line.text.strip() for line in lines)
    return text if len(text) <= _MAX_HEAD else ""


def _taken_title(above: list[_Line | Part], between: Correspondents) -> str:
    """The title by the last lines above a quote, which are taken away, or ""."""
    end = len(above)
    while end and isinstance(last := above[end - 1], _Line) and not last.text:
        end -= 1
    best = 0
    for count in range(1, min(_MAX_HEAD_LINES, end) + 1):
        lines = [line for line in above[end - count : end] if isinstance(line, _Line)]
        text = _joined(lines, lines[-1].depth) if len(lines) == count else ""
        if not text.endswith((":", "：")):
            break
        is_named = "@" in text or bool(between.known_in(text))
        is_dated = _DATED.search(text) is not None
        if is_named and is_dated and (count == 1 or lines[0].text.strip()[-1] not in ".!?:"):
            best = count
            break
        if (is_named or is_dated) and not best:
            best = count
    if not best:
        return ""
    text = " ".join(line.text.strip() for line in above[end - best : end])  # type: ignore[union-attr]
    del above[end - best :]
    return _attribution(text, between)


def _last_title(above: Sequence[_Line | Part]) -> str:
    """That of the quote before: who is quoted piece by piece is named once."""
    return next((part.title for part in reversed(above) if isinstance(part, Part)), "")


def _attribution(text: str, between: Correspondents) -> str:
    """The title by a line that says who wrote when.

    >>> nobody = Correspondents((), "")
    >>> _attribution("Am Mo., 2. März 2026 um 09:12 Uhr schrieb Ida Holm <ida@a.org>:", nobody)
    'Quoted from Ida Holm, 2. März 2026 um 09:12'
    """
    name = _name(text, between)
    found = _WHEN.search(_ADDRESS.sub("", text))
    when = found[0] if found and len(found[0]) <= _MAX_WHEN else ""
    return _title(name, when) if name else f"Quoted: {text.rstrip(':： ')}"


def _title(name: str, when: str) -> str:
    return f"Quoted from {name}, {when}" if when else f"Quoted from {name}"


def _name(text: str, between: Correspondents) -> str:
    """Who is named: one of the mail's people, the words before an address, the address."""
    found = _ADDRESS.search(text)
    if found is None:
        return between.known_in(text)
    known = between.known_in(found[0])
    before = text[: found.start()].rstrip("<([ ").removesuffix("mailto:").rstrip("<([ ")
    if dated := _WHEN.search(before):
        before = before[dated.end() :]
    words: list[str] = []
    for word in reversed(before.replace('"', " ").split()):
        is_particle = word[0].islower() and len(word) <= 3
        if word[0].islower() and not is_particle:
            break
        if words and word.endswith((",", ":", "：")):
            break
        words.insert(0, word)
    while words and words[0][0].islower():
        words.pop(0)
    name = known if known and "@" not in known else " ".join(words).strip(" ,'*_")
    return name or found[0]


def _cut_signature(part: Part) -> None:
    """Take away what stands between a line of two hyphens and the next quote or the end."""
    for start, line in enumerate(part.lines):
        if isinstance(line, _Line) and _SIGNATURE.fullmatch(line.text):
            end = start + 1
            while end < len(part.lines) and isinstance(part.lines[end], _Line):
                end += 1
            lines = [n.text for n in part.lines[start + 1 : end] if isinstance(n, _Line) and n.text]
            if 0 < len(lines) <= _MAX_SIGNATURE_LINES:
                part.signature = "\n".join(lines)
                del part.lines[start:end]
                return


def _has_words(part: Part) -> bool:
    """Whether a quote is more than the line of a program above a forwarded mail."""
    text = part.extract.text.strip()
    is_announcement = part.title == QUOTED and "\n" not in text and text.endswith((":", "："))
    return bool(text or part.signature) and not is_announcement


def _put_in_place(own: Part) -> set[Part]:
    """Replace each short quote with own words behind it by a marked paragraph; these quotes."""
    replaced: set[Part] = set()
    lines: list[_Line | Part] = []  # in reverse
    is_followed = False
    for line in reversed(own.lines):
        if isinstance(line, _Line):
            is_followed |= bool(line.text)
            lines.append(line)
            continue
        text = line.extract.text.strip()
        is_alone = not any(isinstance(inner, Part) for inner in line.lines)
        if is_followed and is_alone and 0 < len(text) <= _MAX_IN_PLACE and "\n\n" not in text:
            quote = _Line(f"{line.title}: {' '.join(text.split())}", 0)
            lines += [_Line("", 0), quote, _Line("", 0)]
            replaced.add(line)
    own.lines = lines[::-1]
    return replaced


def topic_of(subject: str) -> str:
    """A subject without the marks of replies ("Re:", "AW:", "Fwd:"), in lower case."""
    return _REPLY_MARKS.sub("", subject.strip(), count=1).strip().casefold()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
