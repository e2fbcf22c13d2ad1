"""Does the check of ``rag/verify.py`` let through what it should, and nothing else?

From the gold evidence of judged questions, sentences are built that their quotes say (in other
words, shortened, joined, or as people wrote their reference answers) and sentences that they do
not (evidence of another question, a changed number, date, name or negation). For each kind the
share that is flagged is printed with its 95 % interval. Documents fall into two halves by
their hash: thresholds are chosen on `development`, `report` is what counts. First comes a table of
hand-written sentences in twelve languages (`verifier_pairs.py`): how many false ones are shown.

    python bench/verifier.py --home DIR --limit 100 [SUITE ...]

DIR holds the indexes of the suites, as `footnote eval --home DIR` leaves them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from random import Random

import numpy as np
from verifier_pairs import FOLDER, KINDS, pairs
from verifier_sentences import ALIKE, CHANGED, NAME, NOUN, statement

from eval.cases import load_suite
from eval.intervals import mean_of, measured
from eval.types import Case
from index.embedding.embedder import Embedder
from index.embedding.packaged import PackagedEmbedder
from index.embedding.scale import COSINE
from index.loaders import plain_text
from index.store.home import Home, read_document
from index.text.sentences import sentence_spans
from index.text.words import content_terms, stems
from index.types import Document
from rag.asking import Similarity
from rag.settings import load_settings
from rag.verify import SUPPORTED, Verdict, check

_MIN_WORDS, _MAX_WORDS = 6, 60
_SAME = 0.8  # of a sentence's words in a foreign one: whether that says the same is not known
_IN_EVIDENCE = 0.7  # of a reference sentence's content words
_LANGUAGES = {"xquad_es": "es", "xquad_zh": "zh"}
# Their evidence is whole passages; the others' is sentences or a paragraph with the answer in it.
_PASSAGES = ("mtrag_un", "azure_northwind")


Read = Callable[[str], Document]


@dataclass(frozen=True, slots=True)
class Built:
    """A sentence with the quotes that it cites, and whether they say it."""

    sentence: str
    quotes: tuple[str, ...]
    kind: str
    supported: bool
    suite: str
    half: str


@dataclass(frozen=True)
class Gold:
    """A question with the sentence that answers it, and the document that it stands in."""

    case: Case
    sentence: str
    document: Document
    suite: str

    @cached_property
    def others(self) -> list[str]:
        """The other sentences of the document, without those that nearly repeat this one."""
        return [s for s in _sentences(self.document) if _share(self.sentence, s) < _SAME]

    @cached_property
    def half(self) -> str:
        """Of the two halves that the documents fall into."""
        digest = hashlib.sha256(self.document.id.encode()).digest()
        return "development" if digest[0] % 2 else "report"

    def built(self, sentence: str, quotes: Iterable[str], kind: str, supported: bool) -> Built:
        """A sentence made of this one."""
        return Built(sentence, tuple(quotes), kind, supported, self.suite, self.half)


def _share(sentence: str, other: str) -> float:
    """Which share of the words that carry meaning the other has."""
    terms = content_terms(sentence)
    held = set(stems(other))
    return sum(term in held for term in terms) / len(terms) if terms else 1.0


@cache
def _sentences(document: Document) -> list[str]:
    spans = sentence_spans(document.text, document.language)
    found = (" ".join(span.of(document.text).split()) for span in spans)
    return [s for s in dict.fromkeys(found) if _MIN_WORDS <= len(stems(s)) <= _MAX_WORDS]


def golds(folder: Path, home: Path, limit: int) -> Iterator[Gold]:
    """At most ``limit`` questions of a suite, at most five of a document."""
    suite = load_suite(folder)
    read = cache(lambda name: read_document(Home(home / suite.name), name))
    used: Counter[str] = Counter()
    cases = [case for case in suite.cases if case.answerable and case.sources and case.answers]
    Random(suite.name).shuffle(cases)
    for case in cases:
        if not limit or (used[case.sources[0]] >= 5 and suite.name not in _PASSAGES):
            continue
        for evidence, source in zip(_evidence(case, read), case.sources, strict=False):
            sentence = _gold_sentence(evidence, case, read(source).language, suite.name)
            if sentence is not None:
                used[case.sources[0]] += 1
                limit -= 1
                yield Gold(case, sentence, read(source), suite.name)
                break


def _evidence(case: Case, read: Read) -> Sequence[str]:
    if case.evidence:
        return case.evidence
    pages = re.findall(r"\[([^\]#]+)#page=(\d+)\]", case.answers[0])
    texts = []
    for name, page in pages:
        document = read(name)
        if int(page) <= len(document.pages):
            texts.append(document.pages[int(page) - 1].of(document.text))
    return texts


def _gold_sentence(evidence: str, case: Case, language: str, suite: str) -> str | None:
    found = [" ".join(span.of(evidence).split()) for span in sentence_spans(evidence, language)]
    found = [s for s in found if _MIN_WORDS <= len(stems(s)) <= _MAX_WORDS]
    if suite in _PASSAGES:
        asked = set(content_terms(case.question))
        return max(found, key=lambda s: len(asked & set(stems(s))), default=None)
    holding = [s for s in found if any(answer in s for answer in case.answers)]
    chosen = holding or (found if len(found) == 1 else [])
    return chosen[0] if chosen else None


def supported(gold: Gold, another: Gold) -> Iterator[Built]:
    """Sentences that their quotes say."""
    random = Random(f"{gold.case.id} supported")
    for kind, change in ALIKE.items():
        changed = change(gold.sentence, random)
        if changed is None:
            continue
        if kind == "line breaks":  # these are in the quote of a PDF
            yield gold.built(gold.sentence, [changed], kind, True)
        else:
            yield gold.built(changed, _with_others(gold, random), kind, True)
    joined = f"{gold.sentence.rstrip(' .。')}, and {another.sentence}"
    yield gold.built(joined, [gold.sentence, another.sentence], "two joined", True)
    told = statement(gold.case.question, gold.case.answers[0])
    if told and gold.suite not in _PASSAGES and gold.case.answers[0] in gold.sentence:
        yield gold.built(told, [gold.sentence], "question as statement", True)


def references(gold: Gold, another: Gold, read: Read, dropped: Counter[str]) -> Iterator[Built]:
    """Sentences that people wrote, on their evidence and on that of another question."""
    quotes = list(_evidence(gold.case, read))
    whole = " ".join(quotes)
    text = re.sub(r"\[[^\]]*\]", "", gold.case.answers[0])
    language = gold.document.language
    for span in sentence_spans(text, language):
        sentence = plain_text("text/plain", span.of(text))
        if len(content_terms(sentence)) < 4:
            continue
        nearest = _nearest(sentence, quotes, language) if gold.suite in _PASSAGES else quotes
        if _share(sentence, " ".join(nearest)) < _IN_EVIDENCE:
            dropped[gold.suite] += 1
            continue
        dropped["kept"] += 1
        yield gold.built(sentence, nearest, "reference", True)
        foreign = _nearest(sentence, _evidence(another.case, read) or [another.sentence], language)
        yield gold.built(sentence, foreign, "foreign: reference", False)
        apart = [s for s in gold.others if s not in whole and _share(sentence, s) < _SAME]
        hard = _nearest(sentence, apart, language, 1)
        if hard and gold.suite not in _PASSAGES:
            yield gold.built(sentence, hard, "foreign: reference, same document", False)


def _nearest(sentence: str, quotes: Iterable[str], language: str, count: int = 3) -> list[str]:
    """The sentences with most words in common, as an answer would cite them."""
    terms = set(content_terms(sentence))
    found = [
        " ".join(span.of(quote).split())
        for quote in quotes
        for span in sentence_spans(quote, language)
    ]
    found.sort(key=lambda s: -len(terms & set(stems(s))))
    return found[:count]


def unsupported(gold: Gold, another: Gold) -> Iterator[Built]:
    """Sentences that their quotes do not say."""
    random = Random(f"{gold.case.id} unsupported")
    quotes = _with_others(gold, random)
    yield gold.built(gold.sentence, [another.sentence], "foreign: random", False)
    if gold.others:
        near = _nearest(gold.sentence, gold.others, gold.document.language, 1)
        yield gold.built(gold.sentence, near, "foreign: nearest of document", False)
        there = [random.choice(gold.others)]
        yield gold.built(gold.sentence, there, "foreign: same document", False)
    half = re.split(r" ?[,，] ?", another.sentence.rstrip(" .。"))[0]
    half = half[:1].lower() + half[1:]
    if len(content_terms(half)) >= 4:
        added = f"{gold.sentence.rstrip(' .。')}, and {half}."
        yield gold.built(added, quotes, "foreign: clause added", False)
    for kind, change in CHANGED.items():
        changed = change(gold.sentence, random)
        if changed is not None and changed not in " ".join(quotes):
            yield gold.built(changed, quotes, kind, False)
    yield from _other_names(gold, quotes, random)
    yield from _other_noun(gold, quotes, random)


def _other_noun(gold: Gold, quotes: Sequence[str], random: Random) -> Iterator[Built]:
    """A noun of the sentence exchanged for another one of the same document."""
    held = set(stems(" ".join(quotes)))
    nouns = dict.fromkeys(found[0] for other in gold.others for found in NOUN.finditer(other))
    fresh = [noun for noun in nouns if not held & set(stems(noun))]
    inside = list(NOUN.finditer(gold.sentence))
    if inside and fresh:
        found = random.choice(inside)
        sentence = gold.sentence[: found.start()] + random.choice(fresh)
        yield gold.built(sentence + gold.sentence[found.end() :], quotes, "noun", False)


def _other_names(gold: Gold, quotes: Sequence[str], random: Random) -> Iterator[Built]:
    """Names inside and at the beginning exchanged for others of the same document."""
    held = set(re.findall(r"\w+", " ".join(quotes)))
    names = dict.fromkeys(
        found[0]
        for sentence in (*gold.others, gold.sentence)
        for found in NAME.finditer(sentence)
        if found.start() > 0 and len(found[0]) > 3
    )
    lower = set(re.findall(r"\w+", gold.document.text))
    fresh = [
        name
        for name in names
        if not held & set(name.split())
        and not lower & set(name.lower().split())
        and "'" not in name
    ]
    inside = [found for found in NAME.finditer(gold.sentence) if found.start() > 0]
    first = NAME.match(gold.sentence)
    if first and (first[0] not in names or first[0].lower() in lower):
        first = None
    picks = [("name: inside", random.choice(inside) if inside else None)]
    picks += [("name: first", first)]
    for kind, found in picks:
        same = [n for n in fresh if found and n.count(" ") == found[0].count(" ")]
        if found and same:
            sentence = gold.sentence[: found.start()] + random.choice(same)
            yield gold.built(sentence + gold.sentence[found.end() :], quotes, kind, False)


def _with_others(gold: Gold, random: Random) -> list[str]:
    """The sentence, half of the time among one or two others of its document."""
    if random.random() < 0.5 or len(gold.others) < 2:
        return [gold.sentence]
    quotes = [gold.sentence, *random.sample(gold.others, random.randint(1, 2))]
    random.shuffle(quotes)
    return quotes


class _Similarity:
    """Similarities, each text embedded once."""

    def __init__(self, embedder: Embedder) -> None:
        self._scale = embedder.scale or COSINE
        self._vector = cache(lambda text: embedder.embed([text])[0])

    def __call__(self, one: str, other: str) -> float:
        cosine = self._vector(one) @ self._vector(other)
        return float(self._scale.similarity(cosine))


def build(folder: Path, home: Path, limit: int, dropped: Counter[str]) -> list[Built]:
    """All sentences of a suite, without those that occur twice."""
    found = list(golds(folder, home, limit))
    read = cache(lambda name: read_document(Home(home / folder.name), name))
    made: dict[tuple[str, tuple[str, ...]], Built] = {}
    for i, gold in enumerate(found):
        others = [g for g in found[i + 1 :] + found[:i] if g.document.id != gold.document.id]
        others = [g for g in others if g.half == gold.half] or others
        if not others:
            continue
        built = [*supported(gold, others[0]), *unsupported(gold, others[0])]
        if folder.name in ("clapnq", *_PASSAGES):
            built += references(gold, others[0], read, dropped)
        for item in built:
            made.setdefault((item.sentence, item.quotes), item)
    return list(made.values())


def main() -> None:
    """Build, check, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=100, help="questions of each suite")
    parser.add_argument("--rows", type=Path, help="write every sentence with its verdict (JSON)")
    options = parser.parse_args()
    similarity = _Similarity(
        PackagedEmbedder(load_settings(home=options.home).embedding, threads=1)
    )
    print_languages(similarity)
    if not options.suites:
        return
    dropped: Counter[str] = Counter()
    rows: list[tuple[Built, Verdict]] = []
    for folder in options.suites:
        language = _LANGUAGES.get(folder.name, "en")
        for item in build(folder, options.home / "eval", options.limit, dropped):
            verdict = check(item.sentence, item.quotes, similarity, language=language)
            rows.append((item, verdict))
    print("reference sentences kept and dropped (words not in the evidence):", dict(dropped))
    if options.rows:
        lines = (json.dumps([asdict(i), asdict(v)], ensure_ascii=False) for i, v in rows)
        options.rows.write_text("\n".join(lines), encoding="utf-8")
    for half in ("development", "report"):
        _print(half, [row for row in rows if row[0].half == half])


def print_languages(similarity: Similarity) -> None:
    """By language: which share of false sentences of each kind is shown in their own words.

    Then what becomes of true ones: quoted instead, or left out.
    """
    columns = [*KINDS, "all false", "95 %", "true: quoted", "true: left out"]
    print(f"| | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for path in sorted(FOLDER.glob("*.txt")):
        held = pairs(path)
        check_here = partial(check, similarity=similarity, language=path.stem)
        shown = {
            kind: [
                in_own_words(check_here(pair.false_by_kind[kind], [pair.quote]))
                for pair in held
                if kind in pair.false_by_kind
            ]
            for kind in KINDS
        }
        true = [check_here(pair.alike, [pair.quote]) for pair in held]
        every = mean_of([float(value) for values in shown.values() for value in values])
        left_out = [verdict.support < SUPPORTED for verdict in true]
        quoted = [not in_own_words(v) and not out for v, out in zip(true, left_out, strict=True)]
        cells = [f"{np.mean(values):.2f}" for values in (*shown.values(), quoted, left_out)]
        cells[-2:-2] = [f"{every.value:.2f}", f"{every.low:.2f}-{every.high:.2f}"]
        print(f"| {path.stem} | {' | '.join(cells)} |")


def in_own_words(verdict: Verdict) -> bool:
    """Whether a sentence would be shown as it is, were its language one of ``MEASURED``."""
    return verdict.support >= SUPPORTED and verdict.says_no_more


def _print(half: str, rows: Sequence[tuple[Built, Verdict]]) -> None:
    print(f"\n## {half} half\n\n| kind | n | not in its own words | 95 % |\n|---|---:|---:|---|")
    flagged: dict[bool, list[bool]] = {is_supported: [] for is_supported in (True, False)}
    by_kind: dict[tuple[bool, str], list[bool]] = {}
    by_suite: dict[str, dict[bool, list[bool]]] = {}
    for item, verdict in rows:
        is_flagged = not in_own_words(verdict)
        flagged[item.supported].append(is_flagged)
        by_kind.setdefault((not item.supported, item.kind), []).append(is_flagged)
        suite = by_suite.setdefault(item.suite, {True: [], False: []})
        suite[item.supported].append(is_flagged)
    for (unsupported_, kind), values in sorted(by_kind.items()):
        print(_row(f"{'not supported' if unsupported_ else 'supported'}: {kind}", values))
    print(_row("**all supported (false alarms)**", flagged[True]))
    print(_row("**all not supported (recall)**", flagged[False]))
    truth = np.array([not item.supported for item, _ in rows])
    given = np.array([not in_own_words(verdict) for _, verdict in rows])
    precision = measured(len(rows), lambda picked: float(truth[picked][given[picked]].mean()))
    print(f"\nprecision {precision.value:.3f} ({precision.low:.3f}-{precision.high:.3f})")
    for name, both in by_suite.items():
        print(_row(f"{name}: false alarms", both[True]), _row("recall", both[False]))
    left_out = Counter(v.reason for i, v in rows if i.supported and v.support < SUPPORTED)
    print("supported, but left out, by reason:", dict(left_out))


def _row(name: str, values: Sequence[bool]) -> str:
    mean = mean_of([float(value) for value in values])
    if mean.value is None or mean.low is None or mean.high is None:
        return f"| {name} | 0 | | |"
    return f"| {name} | {mean.n} | {mean.value:.3f} | {mean.low:.3f}-{mean.high:.3f} |"


if __name__ == "__main__":
    main()
