"""Documents that a question names itself: "in the 2024 report", "since October", "in the PDFs".

What it says is matched with what the folder has: names of files, words of titles and paths, dates,
formats. The words for these in several languages are data (``document_words.toml``), the months
are CLDR's. A question that names nothing, or all, leaves the search as it is. "Since" and "after"
leave out documents that were written before and so cannot say; "before" and "in" only count when
they are said of documents, because a later document can tell of an earlier time. Nothing is
searched here.
"""

from __future__ import annotations

import re
import tomllib
from calendar import monthrange
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

from index.store.manifest import Entry
from index.text.composed import composed
from index.text.months import month_names
from index.text.scripts import UNSPACED
from index.text.words import stems
from index.types import Filter
from rag.asking import Asking
from rag.replies import reply

__all__ = [
    "DocumentNames",
    "NamedDocuments",
    "by_date",
    "by_format",
    "find_named_documents",
    "name_matches",
    "named_documents",
    "names_file",
    "version_numbers",
]

_DATA = Path(__file__).parent / "document_words.toml"
_MOST_WORDS = 5  # of a name, beside the kind of document
_LINK = 3  # letters of a word that may stand between those of a name: "de la"
_WORD = re.compile(r"\d+|[^\W\d_](?:[\w'’-]*[^\W_])?")
_FILE_NAME = re.compile(r"[\w/.()-]*[\w\u0080-\uffff]\.[A-Za-z0-9]{1,5}(?![A-Za-z0-9])", re.ASCII)
_IN_WORD = re.compile(rf"[^\W_{UNSPACED}]\Z")  # what ends so goes on
_SHORT = r"(?:\w{1,3}[ '’]\s*)?"  # an article, "of", "de"
_HOW = ("since", "after", "before", "until", "of")
_YEAR = r"(?:19|20)\d{2}"
_NUMBER = r"\d+(?:[.-]\d+)*"
_ISO = r"(?P<iso>\d{4}-\d{2}(?:-\d{2})?)"


@dataclass(frozen=True, slots=True)
class NamedDocuments:
    """The documents that a question names, and the words in which it does."""

    filter_by: Filter
    words: str

    def notice(self, language: str) -> str:
        """What the reader sees of it."""
        documents = reply("documents", language, n=len(self.filter_by.documents))
        return reply("searched_only", language, documents=documents, words=self.words)


class DocumentNames:
    """What documents are called, ready to be looked up; each way is prepared when first needed."""

    def __init__(self, documents: Mapping[str, Entry]) -> None:
        self.documents = documents

    def of_file(self, path: str) -> frozenset[str]:
        """Those with this id, in lower case, or with an id that ends in it after a slash."""
        same = self._by_file.get(path.rpartition("/")[2], ())
        return frozenset(n for n in same if f"/{composed(n).lower()}".endswith(f"/{path}"))

    def written(self, text: str) -> str:
        """The longest name of a file that a text ends with, as it stands there; "" for none."""
        lower = text.lower()
        ends = [name for name in self._by_file if lower.endswith(name)]
        whole = (len(name) for name in ends if not _IN_WORD.search(lower[: -len(name)]))
        return text[len(text) - max(whole, default=0) :]

    def holding(self, wanted: set[str], *, with_year: bool) -> frozenset[str]:
        """Those whose title and path hold all these stems; ``with_year``: or are dated with it."""
        nothing: set[str] = set()
        years = self._by_year if with_year else {}
        each = [self._by_stem.get(w, nothing) | years.get(w, nothing) for w in wanted]
        return frozenset(set.intersection(*each)) if each else frozenset(self.documents)

    @cached_property
    def _by_file(self) -> Mapping[str, set[str]]:
        names = ((composed(name).lower(), name) for name in self.documents)
        return _grouped((path.rpartition("/")[2], name) for path, name in names)

    @cached_property
    def _by_year(self) -> Mapping[str, set[str]]:
        return _grouped(((entry.date or "")[:4], name) for name, entry in self.documents.items())

    @cached_property
    def _by_stem(self) -> Mapping[str, set[str]]:
        return _grouped(
            (stem, name)
            for name, entry in self.documents.items()
            for stem in _name_stems(name, entry)
        )


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for key, name in pairs:
        groups.setdefault(key, set()).add(name)
    return groups


Criterion = tuple[str, Callable[[str, Entry], bool]]
"""Words of the question, and whether a document (id, entry) is one that they name."""


def named_documents(asking: Asking, text: str, today: date) -> NamedDocuments | None:
    """The documents that ``text`` names, of what is asked of all; None where it names none."""
    if not asking.filter_by.is_empty:
        return None
    return find_named_documents(text, asking.source.derived(DocumentNames), today=today)


def find_named_documents(
    question: str, names: DocumentNames, *, today: date
) -> NamedDocuments | None:
    """The documents that ``question`` names, None when it names none or all of them.

    A month without a year is the last one before ``today``.
    """
    for words, named in name_matches(question, names, today=today):
        if 0 < len(named) < len(names.documents):
            return NamedDocuments(Filter(documents=named), " ".join(words.split()))
    return None


def name_matches(
    question: str, names: DocumentNames, *, today: date
) -> Iterator[tuple[str, frozenset[str]]]:
    """Words of the question that name documents, with those that they name, perhaps none."""
    documents = names.documents
    yield from _by_file_name(question, names)
    yield from _by_title(question, names)
    for form in (by_format(question), by_date(question, today)):
        if form is not None:
            words, passes = form
            yield words, frozenset(name for name, entry in documents.items() if passes(name, entry))


def names_file(question: str) -> bool:
    """Whether a word looks like the name of a file, also of one that is not there."""
    return _FILE_NAME.search(question) is not None


def _by_file_name(question: str, names: DocumentNames) -> Iterator[tuple[str, frozenset[str]]]:
    """The documents of which the question gives the name or the path, by the first such word."""
    for found in _FILE_NAME.finditer(question):
        longest = max(found.group(), names.written(question[: found.end()]), key=len)
        for words in dict.fromkeys((longest, found.group())):
            if known := names.of_file(words.lower().strip("./")):
                yield words, known
                return


def _by_title(question: str, names: DocumentNames) -> Iterator[tuple[str, frozenset[str]]]:
    """Documents whose titles and paths hold the words beside the kind of a document.

    Only where none do, the year that they are dated with counts as a word of their names.
    """
    kinds = list(_forms().kinds.finditer(question))
    for with_year in (False, True) if kinds else ():
        holding = partial(names.holding, with_year=with_year)
        found = [named for kind in kinds for named in _named_at(kind, question, holding)]
        if found:
            yield from found
            return


def _named_at(
    kind: re.Match[str], question: str, holding: Callable[[set[str]], frozenset[str]]
) -> Iterator[tuple[str, frozenset[str]]]:
    """What the words before a kind of document name, and where a language puts them so, behind."""
    before = list(_WORD.finditer(question, 0, kind.start()))[::-1]
    after = list(_WORD.finditer(question, kind.end()))
    if kind.group().lower() not in _forms().behind:  # "Bericht 2024"
        after = [found for found in after[:1] if found.group().isdigit()]
    for beside in (before, after):
        words = [found.group() for found in beside]
        count, known = _named_beside(words, set(stems(kind.group())), holding)
        if count:
            edge = beside[count - 1]
            start, end = min(kind.start(), edge.start()), max(kind.end(), edge.end())
            yield question[start:end], known


def _named_beside(
    words: Sequence[str], kind: set[str], holding: Callable[[set[str]], frozenset[str]]
) -> tuple[int, frozenset[str]]:
    """How many of the words beside a kind name documents, and which; 0 when the first do not.

    A word in lower case counts only where the name holds the kind as well: "annual report".
    """
    meant: frozenset[str] | None = None
    count = 0
    for place, word in enumerate(words[: 2 * _MOST_WORDS]):
        own = set(stems(word)) if _is_name(word) else {*stems(word), *kind}
        named = holding(own)
        both = named if meant is None else named & meant
        if both and (len(word) > _LINK or _is_name(word)):
            meant, count = both, place + 1
        elif len(word) > _LINK or place == 2 * _LINK or any(c.isupper() for c in word):
            break
    return count, meant or frozenset()


def _is_name(word: str) -> bool:
    """Whether it has a capital, or is a number or of a script without capitals."""
    return word != word.lower() or word.lower() == word.upper()


def _name_stems(name: str, entry: Entry) -> frozenset[str]:
    path = PurePosixPath(name)
    text = re.sub(r"[_/-]+", " ", f"{entry.title} {path.stem} {path.parent}")
    return frozenset(stems(text))


def version_numbers(question: str) -> list[str]:
    """The numbers and dates that stand beside a word for a version: "v2", "the 2021 edition".

    >>> version_numbers("Was ist in Fassung 3 neu, nach 5 Jahren?"), version_numbers("第2版的内容")
    (['3'], ['2'])
    """
    return [next(filter(None, found.groups())) for found in _forms().version.finditer(question)]


def by_format(question: str, *, anywhere: bool = False) -> Criterion | None:
    """Documents of the kind of file that the question is asked of: "in the PDFs".

    ``anywhere``: the kind of file stands by itself: "How many PDFs are there?".
    """
    forms = _forms()
    found = (forms.format if anywhere else forms.in_format).search(question)
    if found is None:
        return None
    kind = next(filter(None, found.groups()))
    chosen = Filter(formats=forms.endings[kind.lower()])
    return found.group(), lambda name, entry: chosen.allows(name, entry.date)


def by_date(question: str, today: date, *, anywhere: bool = False) -> Criterion | None:
    """Documents of the time that the question gives them: "since October", "memos of 2019".

    ``anywhere``: without such words about it, a date is that of the documents.
    """
    forms = _forms()
    for form in (*forms.dates, *(forms.days if anywhere else ())):
        for found in form.finditer(question):
            how = next((name for name in _HOW if found.groupdict().get(name)), "of")
            bounds = _bounds(found, today)
            if bounds is not None:
                return found.group(), _of_time(how, *(day.isoformat() for day in bounds))
    return None


def _of_time(how: str, first: str, last: str) -> Callable[[str, Entry], bool]:
    # A document without a date may say what came since.
    if how == "since":
        return lambda _, entry: entry.date is None or entry.date[:10] >= first
    if how == "after":
        return lambda _, entry: entry.date is None or entry.date[:10] > last
    chosen = {
        "before": Filter(before=first),
        "until": Filter(before=last),
        "of": Filter(after=first, before=last),
    }[how]
    return lambda name, entry: chosen.allows(name, entry.date)


def _bounds(found: re.Match[str], today: date) -> tuple[date, date] | None:
    """The first and the last day of a date in words, None when there is no such day."""
    parts = {key: value for key, value in found.groupdict().items() if value}
    if "iso" in parts:
        year, month, *rest = (int(number) for number in parts["iso"].split("-"))
        day = rest[0] if rest else None
    elif "only" in parts or "month" not in parts:
        year = int(parts.get("only") or parts["year"])
        return date(year, 1, 1), date(year, 12, 31)
    else:
        named = parts["month"].lower()
        month = int(named) if named.isdigit() else _forms().months[named]
        year = int(parts["year"]) if "year" in parts else today.year - (month > today.month)
        digits = parts.get("day") or parts.get("late")
        day = int(digits) if digits else None
    try:
        return date(year, month, day or 1), date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _Forms:
    """The words of ``document_words.toml`` as expressions.

    ``behind`` are the kinds of documents whose names follow them, ``endings`` the endings of file
    names by what such files are called, ``months`` the numbers of months by their names.
    """

    kinds: re.Pattern[str]
    behind: frozenset[str]
    format: re.Pattern[str]
    in_format: re.Pattern[str]
    endings: Mapping[str, tuple[str, ...]]
    dates: tuple[re.Pattern[str], ...]
    days: tuple[re.Pattern[str], ...]
    months: Mapping[str, int]
    version: re.Pattern[str]


@cache
def _forms() -> _Forms:
    data: dict[str, Any] = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    endings = {
        word: tuple(names.split())
        for names, words in data.pop("formats").items()
        for word in _words(words)
    }
    version = _of_version(_words(data.pop("versions")["words"]))
    kinds = _any([word for own in data.values() for word in _words(own["documents"])], "s?")
    before = _any([word for own in data.values() for word in _words(own.get("in", []))])
    one = _any(endings)
    return _Forms(
        kinds=_compiled(kinds),
        behind=frozenset(
            word
            for own in data.values()
            if own.get("names") == "behind"
            for word in _words(own["documents"])
        )
        - {*_words(data["en"]["documents"])},
        format=_compiled(rf"(?P<format>{one})"),
        in_format=_compiled(
            rf"{before}\s+(?:(?:all|any|\w{{1,3}}|these|those)\s+){{0,3}}(?P<format>{one})"
            rf"|(?P<in>{one})(?=里|中)"
        ),
        endings=endings,
        dates=tuple(
            _compiled(form)
            for language, own in data.items()
            for form in _date_forms(language, own, kinds)
        ),
        days=tuple(_compiled(_day(language, own)) for language, own in data.items()),
        version=version,
        months=ChainMap(*(dict(month_names(language)) for language in data)),
    )


def _date_forms(language: str, own: Mapping[str, Any], kinds: str) -> Iterator[str]:
    """Dates with what stands at them in one language; of most, only where documents are named."""
    at = {how: rf"(?P<{how}>{_any(_words(own[how]))})" for how in _HOW}
    day = _day(language, own)
    of = rf"(?:{at['before']}|{at['until']}|{at['of']})"
    if own.get("suffixes"):
        yield rf"{day}(?:{at['since']}|{at['after']})"
        yield rf"{day}{of}的?{kinds}"
    else:
        yield rf"(?:{at['since']}|{at['after']})\s+{day}"
        yield rf"{kinds}\s+(?:\w+\s+){{0,2}}?{of}\s*{day}"


def _day(language: str, own: Mapping[str, Any]) -> str:
    """A day, a month or a year in one language."""
    if own.get("suffixes"):
        return rf"(?P<year>{_YEAR})年(?:(?P<month>\d{{1,2}})月)?(?:(?P<day>\d{{1,2}})日)?"
    return (
        rf"{_SHORT}(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+{_SHORT})?(?:{_ISO}"
        rf"|(?P<month>{_any(month_names(language))})\.?"
        rf"(?:\s+(?P<late>\d{{1,2}})(?:st|nd|rd|th)?(?!\w))?,?(?:\s+{_SHORT}(?P<year>\d{{4}}))?"
        rf"|(?<!\w)(?P<only>{_YEAR})(?!\w))"
    )


def _of_version(words: Sequence[str]) -> re.Pattern[str]:
    """A number beside one of these words: "version no. 3", "v3", "2nd edition", "第3版"."""
    longest = sorted(words, key=len, reverse=True)
    spaced = "|".join(re.escape(word) for word in longest if word[0].lower() != word[0].upper())
    others = "|".join(re.escape(word) for word in longest if word[0].lower() == word[0].upper())
    return _compiled(
        rf"(?:(?<![^\W_])(?:{spaced})|{others})(?:\W{{0,2}}|\s\w{{1,2}}[.°º]?\s?)({_NUMBER})"
        rf"|(?<![^\W{UNSPACED}])({_NUMBER})(?:[^\W\d_]{{1,2}}|[.ªº])?"
        rf"(?:\s(?:{spaced})(?!\w)|\s?(?:{others}))"
    )


def _words(value: str | Sequence[str]) -> list[str]:
    return value.split() if isinstance(value, str) else list(value)


def _any(words: Iterable[str], ending: str = "") -> str:
    """An expression for any of these, as whole words where a script has spaces."""
    longest = sorted(set(words), key=len, reverse=True)
    spaced = "|".join(re.escape(word) for word in longest if word[0].lower() != word[0].upper())
    others = "|".join(re.escape(word) for word in longest if word[0].lower() == word[0].upper())
    sides = [rf"(?<![\w.-])(?:{spaced}){ending}(?!\w)" if spaced else "", others]
    return rf"(?:{'|'.join(filter(None, sides))})"


def _compiled(form: str) -> re.Pattern[str]:
    return re.compile(form, re.IGNORECASE)
