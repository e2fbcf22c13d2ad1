"""Make the examples of the reader: groups of windows that are read for one question.

    python training/prepare.py --data SETS --home DIR --out DIR [SUITE ...]

A group holds the window that answers, another part of the same passage, and windows of other
passages that a search by words finds near the question: they stand against each other in the loss.
Unanswerable questions come from the sets and are made: the sentences that answer are taken out, or
a name or number of the question is exchanged. Judged suites (``SUITE``) give the windows that our
own search finds. Every passage is cut in one way, so that what the layers below make of it is
computed once. Writes ``groups.jsonl`` (token ids) to the folder ``out``.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate, chain, pairwise
from pathlib import Path

from claims import NEITHER, Claim, is_open, made_claims, read_claims
from sets import Question, Text, digest, exchanged, has_spaces, read_sets, similar
from suites import Example, examples

from eval.measures import normalised
from index.embedding.packaged import packaged_weights
from index.embedding.weights import Weights
from rag import reader
from rag.reader import READER_MODEL, Passage, question_ids, windows

_RECIPE = Path(__file__).with_name("recipe.toml")
_SEED = 4
_LONG, _SHORT = 176, 72  # tokens of a window
_SHORT_SHARE = 0.4  # of the passages: a folder may hold documents of three lines
_UNTITLED = 0.25
_EMPTIED, _EXCHANGED = 0.35, 0.15
_SPOKEN = 0.12  # share of the questions that are written as one types into a search box
_HELD_OUT = 40  # one article in
_SUITE_SHARE = {"squad2": 0.5, "xquad_es": 0.5, "xquad_zh": 0.5}
_SUITE_WINDOWS = 4
_MADE_CLAIMS = 5_000


@dataclass(frozen=True, slots=True)
class Window:
    """The ids of some whole sentences under their title, with a range of ids for each sentence.

    ``labels`` as in :class:`sets.Question`; ``answer`` is the first and last id of the answer.
    """

    ids: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]
    labels: tuple[int, ...]
    answer: tuple[int, int] | None = None

    def without_answers(self) -> Window:
        """The window without the sentences that answer or may."""
        kept = [i for i, label in enumerate(self.labels) if label == 0]
        parts = [self.ids[slice(*self.ranges[i])] for i in kept]
        head, end = self.ids[: self.ranges[0][0]], self.ids[-1:]
        return Window(
            ids=(*head, *chain.from_iterable(parts), *end),
            ranges=tuple(pairwise(accumulate(map(len, parts), initial=len(head)))),
            labels=(0,) * len(kept),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A question or claim with its windows.

    ``stance`` (training/claims.py) is what the windows say of it, None where that is not known.
    """

    set: str
    question: tuple[int, ...]
    windows: tuple[Window, ...]
    held_out: bool
    stance: int | None = None


def main() -> None:
    """Read, make, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--claims", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    rng = random.Random(_SEED)
    weights = packaged_weights(READER_MODEL)
    questions = read_sets(options.data, _RECIPE, rng)
    groups = list(_of_sets(questions, weights, rng))
    if options.claims:
        claims = read_claims(options.data, _RECIPE, rng)
        groups += _of_claims([*claims, *made_claims(questions, _MADE_CLAIMS, rng)], weights)
    found = examples(options.suites, options.home, seed=_SEED)
    groups += _of_suites(found, weights, rng)
    groups = [group for group in groups if group.windows]
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "groups.jsonl").open("w", encoding="utf-8") as file:
        for group in groups:
            file.write(json.dumps(asdict(group)) + "\n")
    held = sum(group.held_out for group in groups)
    print(f"{len(groups)} groups, {held} held out, {sum(len(g.windows) for g in groups)} windows")


def _of_sets(
    questions: Sequence[Question], weights: Weights, rng: random.Random
) -> Iterator[Group]:
    cut = {text: _varied(text, weights) for text in dict.fromkeys(q.text for q in questions)}
    by_language: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        by_language[question.text.language].append(question)
    for language, some in by_language.items():
        places = [(t, n) for t in cut if t.language == language for n in range(len(cut[t]))]
        written = [f"{t.title}. {' '.join(cut[t][n].sentences)}" for t, n in places]
        near = similar([q.question for q in some], written, words=has_spaces(language))
        for question, numbers in zip(some, near, strict=True):
            others = [
                cut[t][n].window
                for t, n in (places[i] for i in numbers)
                if t != question.text and not _holds(cut[t][n].sentences, question.answers)
            ]
            yield from _groups(question, cut[question.text], others, some, weights, rng)


@dataclass(frozen=True, slots=True)
class _Part:
    """A window of a text: its sentences, the first one's number, and the ids."""

    first: int
    sentences: tuple[str, ...]
    window: Window
    pieces: tuple[tuple[tuple[int, int, int], ...], ...]


def _varied(text: Text, weights: Weights) -> list[_Part]:
    """The text cut short or long, with its title or without: always in the same way."""
    key = digest(text.title + "".join(text.sentences))
    size = _SHORT if key % 100 < 100 * _SHORT_SHARE else _LONG
    title = "" if key // 100 % 100 < 100 * _UNTITLED else text.title
    return _cut(windows(weights, Passage(title, text.sentences), size), text)


def _cut(found: Iterable[reader.Window], text: Text) -> list[_Part]:
    """The windows of a text with the sentences that stand in them."""
    parts, first = [], 0
    for window in found:
        n = len(window.sentences)
        parts.append(
            _Part(
                first=first,
                sentences=text.sentences[first : first + n],
                window=Window(tuple(window.ids), tuple(window.ranges), (0,) * n),
                pieces=tuple(tuple(pieces) for pieces in window.sentences),
            )
        )
        first += n
    return parts


def _holds(sentences: Sequence[str], answers: Sequence[str]) -> bool:
    written = f" {normalised(' '.join(sentences))} "
    return any(f" {normalised(a)} " in written for a in answers if normalised(a))


def _groups(
    question: Question,
    parts: Sequence[_Part],
    others: Sequence[Window],
    beside: Sequence[Question],
    weights: Weights,
    rng: random.Random,
) -> Iterator[Group]:
    labelled = [_labelled(part, question) for part in parts]
    labelled = [window for window in labelled if window.ranges]
    right = [window for window in labelled if 1 in window.labels][:2]
    rest = [window for window in labelled if 1 not in window.labels]
    rng.shuffle(rest)
    if not right:  # those that it is about
        asked_ids = set(question_ids(weights, question.question))
        rest.sort(key=lambda window: -len(asked_ids.intersection(window.ids)))
    own = [*right, *rest[:1]] if right else rest[:2]
    near = rng.sample(others[:5], min(len(others[:5]), 1 if rng.random() < 0.7 else 2))
    held_out = digest(question.article) % _HELD_OUT == 0
    asked = question.question
    if rng.random() < _SPOKEN:
        asked = re.sub(r"[?？؟]\s*$", "", asked).lower()

    def group(words: str, some: Sequence[Window]) -> Group:
        ids = tuple(question_ids(weights, words))
        stance = NEITHER if is_open(question) else None
        return Group(question.set, ids, tuple(w for w in some if w.labels), held_out, stance)

    if not own:
        return
    yield group(asked, [*own, *near])
    if not right or held_out:
        return
    if rng.random() < _EMPTIED:
        emptied = group(asked, [*(window.without_answers() for window in own), *near])
        if emptied.windows:
            yield emptied
    if rng.random() < _EXCHANGED:
        other = exchanged(question.question, [q.question for q in rng.sample(beside, 8)], rng)
        if other is not None:
            nothing = [replace(w, labels=(0,) * len(w.labels), answer=None) for w in own]
            yield group(other, [*nothing, *near])


def _labelled(part: _Part, question: Question) -> Window:
    labels = question.labels[part.first : part.first + len(part.sentences)]
    answer = None
    at, start, end = question.answer or (-1, 0, 0)
    if part.first <= at < part.first + len(part.sentences):
        pieces = part.pieces[at - part.first]
        inside = [n for n, (_, a, b) in enumerate(pieces) if a < end and b > start]
        offset = part.window.ranges[at - part.first][0]
        answer = (offset + inside[0], offset + inside[-1]) if inside else None
    return replace(part.window, labels=labels, answer=answer)


def _of_claims(claims: Iterable[Claim], weights: Weights) -> Iterator[Group]:
    """Each claim over all of its text; no sentence of it is judged."""
    for claim in claims:
        text = claim.text
        parts = _cut(windows(weights, Passage(text.title, text.sentences)), text)
        if len(parts) != 1:
            continue
        window = replace(parts[0].window, labels=(-1,) * len(text.sentences))
        ids = tuple(question_ids(weights, claim.claim))
        held_out = digest(claim.article) % _HELD_OUT == 0
        yield Group(claim.set, ids, (window,), held_out, claim.stance)


def _of_suites(found: Sequence[Example], weights: Weights, rng: random.Random) -> Iterator[Group]:
    by_question: dict[tuple[str, str], list[Window]] = defaultdict(list)
    held: dict[tuple[str, str], bool] = {}
    for example in found:
        key = (example.suite, example.question)
        text = Text(example.title, example.sentences, "")
        asked = Question(
            example.suite, example.question, text, example.labels, answer=example.answer
        )
        parts = _cut(windows(weights, Passage(text.title, text.sentences)), text)
        by_question[key] += [_labelled(part, asked) for part in parts]
        held[key] = example.held_out
    for key, some in by_question.items():
        suite, question = key
        if not held[key] and rng.random() > _SUITE_SHARE.get(suite, 1.0):
            continue
        rng.shuffle(some)
        right = [w for w in some if 1 in w.labels][:2]
        chosen = (right + [w for w in some if 1 not in w.labels])[:_SUITE_WINDOWS]
        ids = tuple(question_ids(weights, question))
        yield Group(suite, ids, tuple(chosen), held[key])
        if right and not held[key] and rng.random() < _EMPTIED:
            emptied = [window.without_answers() for window in chosen]
            yield Group(suite, ids, tuple(w for w in emptied if w.labels), held_out=False)


if __name__ == "__main__":
    main()
