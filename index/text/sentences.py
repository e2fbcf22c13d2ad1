"""Sentences of a text as exact spans: the cut points of chunks and the units of evidence.

Blocks (paragraphs, list items, headings, table rows, the lines of an address or a log) are found
by line; inside a block the sentencex library (Wikimedia) decides by the rules and abbreviations of
the language, and :mod:`index.text.sentence_ends` takes back what a reader would not cut. A
sentence may run over a line break, and over a page break where it goes on in lower case. Spans are
ordered, disjoint and trimmed of white space; together they hold every other character.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby, pairwise

from index.text.composed import composed_with_origins
from index.text.scripts import UNSPACED
from index.text.sentence_ends import is_ended, is_month, kept_ends, opens_low
from index.types import Span

__all__ = ["LIST_MARK", "SENTENCES_VERSION", "is_title", "sentence_spans"]

# Raise this when `sentence_spans` gives others for the same text: every index is then rebuilt.
SENTENCES_VERSION = 8

# "-", "2." or "2)", "(a)" or "a)" or "(iv)".
LIST_MARK = r"(?:[-*+•◦▪‣]|(?P<number>\d{1,3})[.)]|\(?(?P<letter>\d{1,3}|[a-z]|[ivx]{2,5})\))\s"
# A line that begins a block of its own: heading, list item, table row, quote or code fence.
_OPENS_BLOCK = re.compile(rf"\s*(?:#{{1,6}}\s|\||>|```|~~~|{LIST_MARK})")
_LIST_MARK = re.compile(rf"\s*{LIST_MARK}")
# A line that is a block by itself, so that the next line begins another one.
_WHOLE_BLOCK = re.compile(r"\s*(?:#{1,6}\s|\||```|~~~)")
_CLOSES_EMPHASIS = re.compile(r"[*_]+(?=\s|\Z)")  # "... (group).** A pair"
# A row of a table or a record as a loader writes it, "- Name: Ada; Note: Has a dog.; Paid: yes".
_ROW = re.compile(r"\s*(?:\||-\s(?=.*(?:;\s[^:;]{1,100}:\s|[.!?…];\s)))")
_LONGEST_ROW = 1000  # characters; a loader's rows have at most some 600
_OTHER_SPACE = re.compile(r"[^\S ]")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")
_UNSPACED_SIGN = re.compile(f"[{UNSPACED}].*")  # before each of them a line may end
_FIELD = re.compile(r"\s*[^\s:：][^:：]{0,30}(?::\s|：)")  # "Subject: recall"
_MAY_BE_WIDE = re.compile("[\u1100-\U0010ffff]")
_WIDE = 40  # columns; narrower lines are wrapped only where they go on in lower case
_FEW = 0.25  # share of a block's lines
_MIN_LINES = 3  # of one order, or that begin anew
_MIN_RUNS = 3
_GO_ON = (",", "，", "、", "،", "-")
_BY_CHANCE = 0.03  # likely, that so many wrapped lines begin with a capital
_SHORT = 0.6  # share of the widest line that a heading has with the next word, at most
_FULL = 0.85  # share of the widest line; the lines of a PDF are not of one width


def sentence_spans(text: str, language: str) -> list[Span]:
    r"""The sentences of ``text``, in order, by the rules of ``language`` (ISO 639-1, or "und").

    Lines that are not wrapped and do not end as sentences do are a sentence each.

    >>> text = "# Trip\nDr. Lee left at 5 p.m. on Monday.\nShe came\nback.\n- one\n- two"
    >>> [span.of(text) for span in sentence_spans(text, "en")]
    ['# Trip', 'Dr. Lee left at 5 p.m. on Monday.', 'She came\nback.', '- one', '- two']
    >>> text = "Der 2. Stock wird am 3. Oktober frei. Wer zieht ein?"
    >>> [span.of(text) for span in sentence_spans(text, "de")]
    ['Der 2. Stock wird am 3. Oktober frei.', 'Wer zieht ein?']
    """
    whole, origins = composed_with_origins(text)
    found = [span for block in _blocks(whole, language) for span in _within(whole, block, language)]
    if whole is text:
        return found
    return [Span(origins[span.start], origins[span.end]) for span in found]


def _within(text: str, block: Span, language: str) -> Iterator[Span]:
    """The sentences of a block; a row of a table is one, whatever its cells hold."""
    if block.end - block.start <= _LONGEST_ROW and _ROW.match(text, block.start, block.end):
        yield _trimmed(text, block.start, block.end)
        return
    from sentencex import get_sentence_boundaries

    # Same length with line breaks and the list mark as spaces, so that offsets stay, lines
    # may wrap and "1." is no sentence; the mark belongs to the first sentence.
    line = _OTHER_SPACE.sub(" ", block.of(text))
    mark = _LIST_MARK.match(line)
    if mark is not None:
        line = " " * mark.end() + line[mark.end() :]
    ends = [boundary["end_index"] for boundary in get_sentence_boundaries(language, line)]
    first = 0
    for kept in kept_ends(line, ends, language):
        closes = _CLOSES_EMPHASIS.match(line, kept)
        end = closes.end() if closes else kept
        if end <= first or line[first:end].isspace():
            continue
        yield _trimmed(text, block.start + first, block.start + end)
        first = end
    if first == 0:  # nothing but a list mark
        yield _trimmed(text, block.start, block.end)


def _blocks(text: str, language: str) -> Iterator[Span]:
    """The parts of a text that no sentence crosses."""
    for lines in _over_pages(text, _paragraphs(text, language)):
        texts = [line.of(text) for line in lines]
        if _are_units(texts):
            yield from lines
            continue
        # How wide the widest line is from each on.
        widest = list(accumulate((_width(t.rstrip()) for t in reversed(texts)), max))[::-1]
        first = 0
        for at, (line_text, below) in enumerate(pairwise(texts)):
            # A heading stands above the rest, behind what ends as a sentence or another heading.
            is_next = at == first or is_ended(texts[at - 1])
            if is_next and _is_heading(line_text, below, widest[at]):
                if first < at:
                    yield Span(lines[first].start, lines[at - 1].end)
                yield lines[at]
                first = at + 1
        yield Span(lines[first].start, lines[-1].end)


def _paragraphs(text: str, language: str) -> Iterator[list[Span]]:
    """Lines that stand together: up to a blank line, or one that begins a block of its own."""
    lines: list[Span] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        is_blank = not line.strip()
        opens = _OPENS_BLOCK.match(line)
        if opens is not None and lines and not is_blank:
            above = lines[0].of(text), lines[-1].of(text)
            is_new = is_ended(above[1]) or _counts_on(opens, above[0], language)
        else:
            is_new = is_blank
        if lines and is_new:
            yield lines
            lines = []
        if not is_blank:
            lines.append(Span(offset, offset + len(line)))
            if _WHOLE_BLOCK.match(line):
                yield lines
                lines = []
        offset += len(line)
    if lines:
        yield lines


def _counts_on(opens: re.Match[str], above: str, language: str) -> bool:
    """Whether a mark opens an item after a line that does not end as a sentence does.

    ``above`` is the first line of the block above. A number or a letter opens one where it is the
    first of a list, or that block is an item too; a date ("bis zum" / "15. März") never does.
    """
    number, letter = opens["number"], opens["letter"]
    if number is None and letter is None:
        return True
    item = _LIST_MARK.match(above)
    if letter is not None:
        return letter in ("a", "i", "1") or (item is not None and item["letter"] is not None)
    word = _WORD.match(opens.string, opens.end())
    if word is not None and is_month(word.group(), language):
        return False
    return number == "1" or (
        item is not None and item["number"] is not None and int(item["number"]) < int(number)
    )


def _over_pages(text: str, paragraphs: Iterable[list[Span]]) -> Iterator[list[Span]]:
    """Paragraphs as one where the sentence goes on over the break of a page or a column."""
    kept: list[Span] = []
    above: list[Span] = []
    for lines in paragraphs:
        below = lines[0].of(text)
        if (
            kept
            and opens_low(below)
            and not opens_low(kept[0].of(text))  # as paragraphs of code do anyway
            and _OPENS_BLOCK.match(below) is None
            and _is_cut([line.of(text) for line in above])
        ):
            kept += lines
        else:
            if kept:
                yield kept
            kept = lines.copy()
        above = lines
    if kept:
        yield kept


def _is_cut(lines: Sequence[str]) -> bool:
    """Whether a paragraph ends inside a sentence, with a full line."""
    last = lines[-1].rstrip()
    return (
        len(last) >= _WIDE
        and (last[-1].isalnum() or last[-1] in ",-")
        and _WHOLE_BLOCK.match(last) is None
        and not _are_units(lines)
    )


def _is_heading(line: str, below: str, widest: int) -> bool:
    """Whether a line is a short one by itself, as a heading right above its text.

    ``widest`` are the columns of the widest line from it on.

    >>> _is_heading("2. Dose", "Adults take one tablet every six hours, with a glass of water.", 62)
    True
    >>> _is_heading("Adults take one tablet every six hours, with", "Lenor or without.", 44)
    False
    """
    first, word = line.rstrip(), below.split(maxsplit=1)[0]
    is_new = word[0].isalpha() and not word[0].islower() and not _OPENS_BLOCK.match(below)
    if not is_new or is_ended(first) or first.endswith(_GO_ON):
        return False
    share = _FULL if _OPENS_BLOCK.match(first) else _SHORT
    return _width(first) + 1 + _width(_UNSPACED_SIGN.sub("", word[1:])) < share * widest


def is_title(lines: Sequence[str]) -> bool:
    """Whether the first line is such a heading, and no item or field ("To: all staff").

    >>> is_title(["Memo", "To: staff", "The car park is closed from Monday, since it is paved."])
    True
    """
    if len(lines) == 1 or any(p.match(lines[0]) for p in (_OPENS_BLOCK, _FIELD)):
        return False
    return _is_heading(lines[0], lines[1], max(_width(line.rstrip()) for line in lines))


def _are_units(lines: Sequence[str]) -> bool:
    """Whether each line is a unit of its own, as in a log, an address or a receipt; not wrapped.

    >>> _are_units(["Marlow & Sons", "14 Quay Street", "Bristol"])
    True
    >>> _are_units(["The tenant keeps the garden in good", "order and pays the water."])
    False
    """
    if len(lines) == 1 or _OPENS_BLOCK.match(lines[0]):
        return False
    if all(map(_FIELD.match, lines)):
        return True
    head = _head(lines[0])
    if "0" in head and all(_head(line) == head for line in lines):  # times, dates
        return True
    if not opens_low(lines[0]):  # else lower case says nothing
        low = 0
        for line in lines[1:]:
            low += opens_low(line)
            if low > _FEW * (len(lines) - 1):
                return False
    if sum(map(is_ended, lines)) >= _FEW * len(lines):
        return False
    widths = [_width(line.rstrip()) for line in lines]
    most = max(widths)
    # A line is wrapped where the first word of the next had no place on it.
    full = [
        width + 1 + _width(below.split(maxsplit=1)[0]) >= _FULL * most
        for width, below in zip(widths, lines[1:], strict=False)
    ]
    return (
        most < _WIDE
        or sum(full) < (1 - _FEW) * len(full)
        or _are_parallel(lines)
        or _begin_anew(lines)
    )


def _are_parallel(lines: Sequence[str]) -> bool:
    """Whether most lines have figures, capitals and other words in one order.

    >>> _are_parallel(["Ada Lenk Elm Street 5", "Bo Hall Oak Lane 12", "Cy Wu Main Road 7"])
    True
    >>> _are_parallel(["The fee is due on the", "first of May and is", "paid to the bank"])
    False
    """
    enough = max(_MIN_LINES, (1 - _FEW) * len(lines))
    orders = [_order(line) for line in lines]
    figures, count = Counter(re.sub(r"[^0]+", "a", order) for order in orders).most_common(1)[0]
    if count >= enough and (figures in ("a0", "0a") or len(figures) > _MIN_RUNS):
        return True
    order, count = Counter(orders).most_common(1)[0]
    return count > max(_MIN_LINES, enough - 1) and len(order) > 1 and order[0] != "l"


def _begin_anew(lines: Sequence[str]) -> bool:
    """Whether more lines begin with a capital than the words in them let expect.

    A line that ends in a comma or a hyphen goes on in the next one.
    """
    if any(line.rstrip().endswith(_GO_ON) for line in lines):
        return False
    begins = [_sort(line.split(maxsplit=1)[0]) for line in lines[1:]]
    within = [_sort(word) for line in lines for word in line.split()[1:]]
    capitals = begins.count("U")
    share = (within.count("U") + 1) / (len(within) + 2)
    return "l" not in begins and capitals >= _MIN_LINES and share**capitals < _BY_CHANCE


def _order(line: str) -> str:
    """The sorts of words of a line in their order, each run of one sort once.

    >>> _order("Whole milk 1 l 1.29")
    'Ul0l0'
    """
    words = (word for word in line.split() if any(map(str.isalnum, word)))
    return "".join(sort for sort, _ in groupby(map(_sort, words)))


def _sort(word: str) -> str:
    """Whether a word has figures ("0"), a capital ("U"), is in lower case ("l") or neither."""
    if any(map(str.isdecimal, word)):
        return "0"
    first = next(filter(str.isalpha, word), "")
    return "U" if first.isupper() else "l" if first.islower() else "-"


def _head(line: str) -> str:
    """The first word with every digit as 0."""
    return _DIGIT.sub("0", line.split(maxsplit=1)[0])


def _width(text: str) -> int:
    """Columns: two for a character of Chinese, Japanese or Korean."""
    if text.isascii():
        return len(text)
    return len(text) + sum(
        unicodedata.east_asian_width(char) in "WF" for char in _MAY_BE_WIDE.findall(text)
    )


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Span(start, max(start, start + len(piece.strip())))
