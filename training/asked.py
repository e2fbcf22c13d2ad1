"""Fit ``rag/models/asked.npz``: what the vector of a question says of how it is asked.

Whether it leans on what was said before it: a question that its set rewrites leans; its rewriting
and the questions that need none stand alone, and so do questions of the public sets in other
languages. And whether it is answered by yes or no ("polar"): questions of BoolQ and CondaQA are,
those that the public sets answer with words of a text are not. And whether only a figure answers
it ("figure"): of the public sets, questions whose accepted answers all hold one, against those of
which none does. And whether it asks for a reason ("reason"): written questions do, and those that
a figure answers do not. ``asked.toml`` has some of each kind in languages that no set has. And
whether it asks what a part of a document says, and of which kind ("part"): those of ``asked.toml``
do, questions of the public sets do not. One more head is of sentences: whether one is a courtesy of
a letter ("Kind regards,") that says nothing by itself; sentences of passages do. Prints the AUROC
of each set, and of each language of the examples, when it is left out of the fit. ``--only`` leaves
the other heads as they are.

    python training/asked.py --sets ../shared/data/train --kept FILE [--only KIND]
"""

from __future__ import annotations

import argparse
import random
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from intents import EXAMPLES as MESSAGES
from intents import Vectors, embedded, expanded, public, written
from sets import rows_of
from sklearn.linear_model import LogisticRegression

from eval.measures import auroc
from index.text.sentences import sentence_spans
from rag.intents import PARTS, QUESTION

EXAMPLES = Path(__file__).with_name("asked.toml")
OUT = Path(__file__).parents[1] / "rag" / "models" / "asked.npz"
_REWRITTEN = ("canard_dev", "cast_rewrites", "qrecc_4k", "ikat_rewrites")
_POLAR = {"boolq": 1500, "condaqa_dev": 600}
_LONGEST = 200  # characters
_STRENGTH = 1.0  # inverse of the regularisation
_STRENGTH_OF_PARTS = 5.0  # the same, of the head that tells parts
_OTHERS = 40  # questions of a language that lean on nothing
_OTHERS_SHARE = 4.0  # weight of questions that ask for no part, beside that of all that do
_FIGURES = 150  # questions of a set and language for the head of figures,
_FIGURES_READ = 20_000  # from so many of its rows
_SENTENCES = 40  # of passages of a set and language,
_SHORT = 100  # characters, at most
_CODE = 2  # letters of a language, which is the origin of what is in no set
_KINDS = ("leaning", "polar", "figure", "reason", "courtesy", "part")
_OPEN = 150  # questions of a set that are answered with words of a text


@dataclass(frozen=True, slots=True)
class Example:
    """A question, whether it is of the kind, and its set or language."""

    text: str
    is_so: bool
    origin: str


def main() -> None:
    """Embed, leave out, print, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", type=Path, required=True, help="folder of NAME.jsonl.gz")
    parser.add_argument("--kept", type=Path, required=True, help="file that keeps the vectors")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", choices=_KINDS, help="leave the other heads as they are")
    options = parser.parse_args()
    examples = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))
    out: dict[str, np.ndarray] = {}
    if options.only:
        with np.load(OUT, allow_pickle=False) as stored:
            out = dict(stored)
    for kind in (options.only,) if options.only else _KINDS:
        out |= _part_head(options, examples) if kind == "part" else _head(kind, options, examples)
    np.savez_compressed(options.out, **out)  # type: ignore[arg-type]


def _part_head(options: argparse.Namespace, written: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The head that tells the parts of documents that are asked for."""
    parts = [*_parts(written["part"]), *_no_parts(options.sets)]
    vectors = embedded([e.text for e in parts], options.kept)
    _print_parts(parts, vectors)
    model = _of_parts(parts, vectors)
    return {
        "part_weights": model.coef_.astype(np.float32),
        "part_bias": model.intercept_.astype(np.float32),
    }


def _head(
    kind: str, options: argparse.Namespace, written: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """A head that tells one of two kinds of questions from the other."""
    examples = {
        "leaning": lambda: [*_written(written, "leans", "alone"), *_leaning(options.sets)],
        "polar": lambda: [*_written(written, "polar", "open"), *_polar(options.sets)],
        "figure": lambda: [
            *_written(written, "figure", "words", "reason"),
            *_figures(options.sets),
        ],
        "reason": lambda: [
            *_written(written, "reason", "no_reason", "figure", "words", "open", "polar"),
            *(replace(example, is_so=False) for example in _figures(options.sets) if example.is_so),
        ],
        "courtesy": lambda: [*_written(written, "courtesy", "said"), *_sentences(options.sets)],
    }[kind]()
    vectors = embedded([example.text for example in examples], options.kept)
    model = _measured(kind, list({e.text: e for e in examples}.values()), vectors)
    return {
        f"{kind}_weights": model.coef_[0].astype(np.float32),
        f"{kind}_bias": np.asarray(model.intercept_[0], np.float32),
    }


@dataclass(frozen=True, slots=True)
class PartExample:
    """A question, the number of the part that it asks for in ``PARTS``, and its language."""

    text: str
    part: int
    language: str


def _parts(written: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[PartExample]:
    for language, parts in written.items():
        for part, templates in parts.items():
            number = PARTS.index(part) if part in PARTS else 0
            texts = dict.fromkeys(text for line in templates for text in expanded(line))
            yield from (PartExample(text, number, language) for text in texts)


def _no_parts(folder: Path) -> Iterator[PartExample]:
    """Questions of the public sets and those that intents are told from, some of each language."""
    chooser = random.Random(2)
    asked = [e for e in (*written(MESSAGES), *public(folder)) if e.intent == QUESTION]
    for language, is_public in sorted({(e.language, e.is_public) for e in asked}):
        own = [e.text for e in asked if (e.language, e.is_public) == (language, is_public)]
        own = [text for text in own if len(text) <= _LONGEST]
        some = chooser.sample(own, min(_OPEN, len(own)))
        yield from (PartExample(text, 0, "") for text in some)


def _of_parts(
    examples: Sequence[PartExample], vectors: Mapping[str, Vectors]
) -> LogisticRegression:
    """Each language weighs the same, and in it each part; other questions as much as all these."""
    cells = Counter((e.language, e.part) for e in examples)
    share = {True: len({e.language for e in examples}) * _OTHERS_SHARE, False: 1.0}
    weight = [100 * share[not e.language] / cells[e.language, e.part] for e in examples]
    rows = np.stack([vectors[e.text] for e in examples])
    model = LogisticRegression(C=_STRENGTH_OF_PARTS, max_iter=2000)
    return model.fit(rows, [e.part for e in examples], sample_weight=weight)


def _print_parts(examples: Sequence[PartExample], vectors: Mapping[str, Vectors]) -> None:
    for language in sorted({e.language for e in examples} - {""}):
        model = _of_parts([e for e in examples if e.language != language], vectors)
        own = [e for e in examples if e.language == language]
        given = model.predict(np.stack([vectors[e.text] for e in own]))
        part = np.array([e.part for e in own])
        share = 1 - model.predict_proba(np.stack([vectors[e.text] for e in own]))[:, 0]
        print(f"part, {language}: n {len(own)}, right {(given == part).mean():.3f}", end="")
        print(f", AUROC of any {auroc(share, part > 0):.3f}")


def _written(
    written: Mapping[str, Mapping[str, Sequence[str]]], kind: str, *others: str
) -> Iterator[Example]:
    for name in (kind, *others):
        for language, texts in written[name].items():
            every = [text for template in texts for text in expanded(template)]
            yield from (Example(text, name == kind, language) for text in every)


def _figures(folder: Path) -> Iterator[Example]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        by_language: dict[str, list[Example]] = {}
        for row in islice(rows_of(path), _FIGURES_READ):
            answers = [a for a in row.get("answers") or () if isinstance(a, str)]
            held = {any(map(str.isdigit, answer)) for answer in answers}
            question = str(row.get("question") or "").strip()
            is_alone = row.get("answer_start") is not None and not row.get("history")
            if len(held) == 1 and is_alone and 0 < len(question) <= _LONGEST:
                language = row.get("language") or "en"
                name = path.name.removesuffix(".jsonl.gz")
                by_language.setdefault(language, []).append(Example(question, held.pop(), name))
        for own in by_language.values():
            yield from random.Random(3).sample(own, min(_FIGURES, len(own)))


def _sentences(folder: Path) -> Iterator[Example]:
    """Short sentences of the passages of public sets, some of each set and language."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        by_language: dict[str, list[str]] = {}
        for row in islice(rows_of(path), 0, 20 * _SENTENCES, 10):
            language, passage = row.get("language") or "en", row.get("passage") or ""
            spans = sentence_spans(passage, language)
            own = [span.of(passage) for span in spans if span.end - span.start <= _SHORT]
            by_language.setdefault(language, []).extend(own[-1:])
        for own in by_language.values():
            some = random.Random(4).sample(own, min(_SENTENCES, len(own)))
            yield from (Example(text, False, path.name) for text in some)


def _leaning(folder: Path) -> Iterator[Example]:
    for name in _REWRITTEN:
        for row in rows_of(folder / f"{name}.jsonl.gz"):
            question, rewriting = row["question"].strip(), row["rewrite"].strip()
            if not row.get("history") or max(len(question), len(rewriting)) > _LONGEST:
                continue
            yield Example(question, row["changed"], name)
            if row["changed"]:
                yield Example(rewriting, False, name)
    chooser = random.Random(1)
    asked = [e for e in public(folder) if e.text.rstrip().endswith(("?", "？", "؟"))]
    for language in sorted({e.language for e in asked}):  # the same sample each time
        own = [e.text for e in asked if e.language == language]
        some = chooser.sample(own, min(_OTHERS, len(own)))
        yield from (Example(text, False, language) for text in some)


def _polar(folder: Path) -> Iterator[Example]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        if name in _POLAR:
            for row in islice(rows_of(path), _POLAR[name]):
                yield Example(row["question"].strip(), True, name)
            continue
        rows = (row for row in rows_of(path) if row.get("question"))
        spans = (row for row in rows if row.get("answer_start") is not None)
        for row in islice(spans, 0, 10 * _OPEN, 10):
            if len(row["question"]) <= _LONGEST:
                yield Example(row["question"].strip(), False, row.get("language") or "en")


def _measured(
    kind: str, examples: Sequence[Example], vectors: Mapping[str, Vectors]
) -> LogisticRegression:
    """The head of all examples, after the measures of each origin without its own."""
    rows = np.stack([vectors[e.text] for e in examples])
    is_so = np.array([e.is_so for e in examples])
    origins = np.array([e.origin for e in examples])
    for origin in sorted(set(origins)):
        own = origins == origin
        if 0 < is_so[own].sum() < own.sum():
            share = _fitted(rows[~own], is_so[~own], origins[~own]).predict_proba(rows[own])[:, 1]
            print(f"{kind}, {origin}: n {own.sum()}, AUROC {auroc(share, is_so[own]):.3f}", end="")
            print(f", right at .5 {((share > 0.5) == is_so[own]).mean():.3f}")
    return _fitted(rows, is_so, origins)


def _fitted(rows: np.ndarray, is_so: np.ndarray, origins: np.ndarray) -> LogisticRegression:
    """Languages weigh as much as the sets together, in each both kinds the same."""
    weight = np.ones(len(is_so))
    is_of_set = np.char.str_len(origins) > _CODE
    for of_set in (True, False):
        for kind in (True, False):
            some = (is_of_set == of_set) & (is_so == kind)
            weight[some] = len(is_so) / max(1, some.sum())
    return LogisticRegression(C=_STRENGTH, max_iter=2000).fit(rows, is_so, sample_weight=weight)


if __name__ == "__main__":
    main()
