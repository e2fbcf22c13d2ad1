"""Fit ``rag/models/tables.npz``: what a question asks of the rows of a table.

The examples are those of ``tables.toml``; questions of the public sets are examples of what asks
nothing of the kind. Prints how many questions of the development suites are taken for one of a
table, then for each language the accuracy when it is left out of the fit.

    python training/tables.py --sets ../shared/data/train --suites ../shared/data --kept FILE

``--only who when`` fits these heads, and keeps the others as they are in the package.
"""

from __future__ import annotations

import itertools
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from intents import Vectors, development, embedded, expanded, public, read_options
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from eval.measures import auroc
from rag.tables.asked import BOUNDS, OPERATIONS, OTHER, WAYS, Asked, words_of
from rag.tables.periods import find_numbers, find_periods, surroundings

Weights = tuple[Vectors, Vectors]

EXAMPLES = Path(__file__).with_name("tables.toml")
OUT = Path(__file__).parents[1] / "rag" / "models" / "tables.npz"
_OF_NUMBERS = frozenset({"equal", "listed"})  # what the words around a number say beside bounds
# Ways in which what is no table is asked too, or that say by themselves what is asked.
_BY_THEMSELVES = frozenset(
    {"who", "when", "both", "by_count", "by_mean", "by_sum", "often", *_OF_NUMBERS}
)
_OF_ROWS = ("who", "when")
_NEUTRAL = re.compile(r"Olga(?! Stein)")  # stands for the row that is named; see reading.py
_STRENGTH = 1.0  # inverse of the regularisation
_OF_BOUNDS = 0.1  # of a few words, which are learned by heart with less
_MOST_WEIGHT = 20.0  # of an example, beside 1 on average
_IN_A_CELL = 60  # examples of one kind in a language, whose words are looked at,
_PUBLIC_IN_A_CELL = 200  # and public ones
_EPOCHS = 25
_AT_ONCE = 256
_RATE = 3e-3
_DROPPED = 0.1  # of the words
_PUBLIC = 0.2  # weight of the public questions of a language beside that of its examples


@dataclass(frozen=True, slots=True)
class Example:
    """A question, what it asks, in which further ways, and its language."""

    text: str
    operation: str
    ways: tuple[str, ...]
    language: str
    is_public: bool = False
    around: str = ""


def main() -> None:
    """Embed, leave out, print, fit, write."""
    options = read_options(__doc__, OUT)
    examples = list({e.text: e for e in [*_public(options.sets), *written()]}.values())
    asked = list(development(options.suites))
    around = [e.around for e in examples if e.around]
    texts = [e.text for e in examples] + asked + around
    words = dict.fromkeys(itertools.chain.from_iterable(map(words_of, texts)))
    found = embedded([*texts, *words], options.kept)
    vectors = np.stack([found[e.text] for e in examples])
    _print_left_out(examples, vectors, found)
    out = _fitted(examples, vectors, found)
    if options.only:
        with np.load(OUT, allow_pickle=False) as stored:
            only = {name: out[name] for name in out if name.rpartition("_")[0] in options.only}
            out = dict(stored) | only
    np.savez_compressed(options.out, **out)  # type: ignore[arg-type]
    logits = _logits(asked, found, out)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for bound in (0.5, 0.7, 0.9):
        taken = 1.0 - shares[:, OPERATIONS.index(OTHER)] >= bound
        print(f"of {len(asked)} questions of suites {taken.sum()} are of a table from {bound}")
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


def written() -> Iterator[Example]:
    """The examples of ``tables.toml``."""
    for language, kinds in tomllib.loads(EXAMPLES.read_text(encoding="utf-8")).items():
        for kind, templates in kinds.items():
            for template in templates:
                ways = () if kind in OPERATIONS else tuple(kind.split())
                operation, _, rest = template.partition(": ") if ways else (kind, "", template)
                for text in expanded(rest):
                    around = _around(text, language)
                    yield Example(text, operation, ways, language, around=around)


def _public(folder: Path) -> Iterator[Example]:
    for example in public(folder):
        yield Example(example.text, OTHER, (), example.language, is_public=True)


def _fitted(
    examples: Sequence[Example], vectors: Vectors, found: Mapping[str, Vectors]
) -> dict[str, Vectors]:
    """The weights of all heads; each language and kind weighs the same."""
    mean, scale = vectors.mean(axis=0), 1.0 / vectors.std()
    rows = (vectors - mean) * scale

    def head(
        targets: Sequence[int],
        at: Sequence[int],
        strength: float = _STRENGTH,
    ) -> Weights:
        """Of the examples ``at``."""
        weight = _weights(targets, [examples[i] for i in at])
        model = LogisticRegression(C=strength, max_iter=2000)
        model.fit(rows[list(at)], targets, weight)
        own = model.coef_ * scale
        bias = model.intercept_ - own @ mean
        return own.astype(np.float32), bias.astype(np.float32)

    out: dict[str, Vectors] = {}
    every = range(len(examples))
    asking = [i for i in every if not _NEUTRAL.search(examples[i].text)]
    of_rows = [i for i in asking if _BY_THEMSELVES.isdisjoint(examples[i].ways)]
    some = _some([examples[i] for i in of_rows])
    operations = [OPERATIONS.index(e.operation) for e in some]
    weights = _weights(operations, some, by_way=True)
    out |= _with_words("", [e.text for e in some], operations, weights, found)
    for way in WAYS:
        # Look-ups of a row without its name say whether who or when is asked for, nothing else.
        at = every if way in _OF_ROWS else asking
        out[f"{way}_weights"], out[f"{way}_bias"] = head([way in examples[i].ways for i in at], at)
    # How a time or a number bounds say the words around it.
    bounded = [i for i in asking if examples[i].around and not examples[i].is_public]
    rows = (np.stack([found[examples[i].around] for i in bounded]) - mean) * scale
    examples = [examples[i] for i in bounded]
    for way in _OF_NUMBERS:
        is_so = [way in e.ways for e in examples]
        every = range(len(examples))
        out[f"{way}_weights"], out[f"{way}_bias"] = head(is_so, every, _OF_BOUNDS)
    at = [i for i, e in enumerate(examples) if _OF_NUMBERS.isdisjoint(e.ways)]
    rows, examples = rows[at], [examples[i] for i in at]
    bounds = [_bound(e) for e in examples]
    texts = [e.around for e in examples]
    out |= _with_words("bound_", texts, bounds, _weights(bounds, examples), found)
    limits = [i for i, b in enumerate(bounds) if BOUNDS[b] in ("above", "below")]
    inclusive = ["inclusive" in examples[i].ways for i in limits]
    out["inclusive_weights"], out["inclusive_bias"] = head(inclusive, limits, _OF_BOUNDS)
    return out


def _weights(
    targets: Sequence[int], examples: Sequence[Example], *, by_way: bool = False
) -> NDArray[np.float64]:
    """What each example weighs: all of a language weigh the same, or half of it their ways."""
    keys = [
        (t, e.operation, e.language, e.is_public) for t, e in zip(targets, examples, strict=True)
    ]
    ways = [e.ways if by_way else () for e in examples]
    cells = Counter(zip(keys, ways, strict=True))
    others = Counter(key for key, way in cells if way)
    shares = [
        (_PUBLIC if key[-1] else 1.0) / (cells[key, way] * max(1, others[key] * bool(way)))
        for key, way in zip(keys, ways, strict=True)
    ]
    return np.array(shares) * len(shares) / sum(shares)


def _some(examples: Sequence[Example]) -> list[Example]:
    """Of each kind of examples in a language some: as many as teach its words."""
    seen = Counter[tuple[object, ...]]()
    picked: list[Example] = []
    for example in random.Random(0).sample(examples, len(examples)):
        cell = example.operation, example.ways, example.language, example.is_public
        seen[cell] += 1
        if seen[cell] <= (_PUBLIC_IN_A_CELL if example.is_public else _IN_A_CELL):
            picked.append(example)
    return picked


def _with_words(
    name: str,
    texts: Sequence[str],
    targets: Sequence[int],
    weights: NDArray[np.float64],
    found: Mapping[str, Vectors],
) -> dict[str, Vectors]:
    """The weights of a head over texts and over their words, fitted together."""
    said = [words_of(text) for text in texts]
    known = {word: at for at, word in enumerate(dict.fromkeys(itertools.chain(*said)), start=1)}
    rows = np.stack([found[text] for text in texts])
    words = np.stack([found[word] for word in known])
    means, scales = [v.mean(axis=0) for v in (rows, words)], [1.0 / v.std() for v in (rows, words)]
    held = torch.tensor(np.pad((words - means[1]) * scales[1], ((1, 0), (0, 0))))
    of_texts = torch.tensor((rows - means[0]) * scales[0])
    places = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor([known[word] for word in part] or [0]) for part in said], batch_first=True
    )
    wanted = torch.tensor(targets)
    weight = torch.tensor(weights).clamp(max=_MOST_WEIGHT)
    torch.manual_seed(0)
    by_text = torch.nn.Linear(rows.shape[1], max(targets) + 1)
    by_word = torch.nn.Linear(rows.shape[1], max(targets) + 1)
    optimiser = torch.optim.AdamW([*by_text.parameters(), *by_word.parameters()], lr=_RATE)
    for _ in range(_EPOCHS):
        for at in torch.randperm(len(texts)).split(_AT_ONCE):
            here = places[at]
            is_there = (here > 0) & (torch.rand(here.shape) >= _DROPPED)
            of_words = by_word(held[here]).masked_fill(~is_there[..., None], 0.0).amax(dim=1)
            logits = by_text(of_texts[at]) + of_words.clamp(min=0.0)
            losses = torch.nn.functional.cross_entropy(logits, wanted[at], reduction="none")
            optimiser.zero_grad()
            (losses * weight[at]).mean().backward()
            optimiser.step()
    out: dict[str, Vectors] = {}
    parts = zip(("", "words_"), (by_text, by_word), means, scales, strict=True)
    for part, layer, mean, scale in parts:
        own = layer.weight.detach().numpy() * scale
        out[f"{name}{part}weights"] = own.astype(np.float32)
        out[f"{name}{part}bias"] = (layer.bias.detach().numpy() - own @ mean).astype(np.float32)
    return out


def _bound(example: Example) -> int:
    """The number of the bound of an example that names a time or a number."""
    found = [BOUNDS.index(way) for way in example.ways if way in BOUNDS]
    return next(iter(found), BOUNDS.index("within"))


def _around(text: str, language: str) -> str:
    """The times of an example, or its numbers, with the words around; "" where there are none."""
    times = find_periods(text, (language, "en"))
    spans = [t.span for t in times] or [n.span for n in find_numbers(text, (language, "en"))]
    return surroundings(text, spans) if spans else ""


def _logits(
    texts: Sequence[str],
    found: Mapping[str, Vectors],
    head: Mapping[str, Vectors],
    name: str = "",
) -> Vectors:
    asked = (Asked(found[text], [found[word] for word in words_of(text)]) for text in texts)
    return np.stack([one.logits_by(head, name) for one in asked])


def _logits_of(
    name: str, vectors: Sequence[Vectors], head: Mapping[str, Vectors]
) -> NDArray[np.float64]:
    """What a head of one logit says of each vector."""
    logits = np.stack(vectors) @ head[f"{name}_weights"][0] + head[f"{name}_bias"][0]
    return np.asarray(logits, dtype=np.float64)


def _print_left_out(
    examples: Sequence[Example], vectors: Vectors, found: Mapping[str, Vectors]
) -> None:
    """The accuracy for each language of the examples, from those of all others."""
    languages = np.array([e.language for e in examples])
    for language in sorted({e.language for e in examples if not e.is_public}):
        own = languages == language
        others = [e for e, o in zip(examples, own, strict=True) if not o]
        head = _fitted(others, vectors[~own], found)
        written = own & np.array([not e.is_public for e in examples])
        picked = [e for e, w in zip(examples, written, strict=True) if w]
        best = _logits([e.text for e in picked], found, head).argmax(axis=1)
        right = np.mean([OPERATIONS[b] == e.operation for b, e in zip(best, picked, strict=True)])
        areas = []
        for way in WAYS:
            is_so = np.array([way in e.ways for e in picked])
            if is_so.any():
                logits = _logits_of(way, vectors[written], head)
                held = (logits > 0) == is_so
                area = auroc(logits, is_so)
                kept = f"{held[is_so].mean():.2f} {held[~is_so].mean():.2f}"
                areas.append(f"{way} {area:.3f} ({kept})")
        bounded = [e for e in picked if not set(BOUNDS).isdisjoint(e.ways) and e.around]
        numbered = [e for e in picked if e.around]
        for way in _OF_NUMBERS:
            logits = _logits_of(way, [found[e.around] for e in numbered], head)
            is_so = np.array([way in e.ways for e in numbered])
            areas.append(f"{way} {auroc(logits, is_so):.3f}")
        best = _logits([e.around for e in bounded], found, head, "bound_").argmax(axis=1)
        hits = [b == _bound(e) for b, e in zip(best, bounded, strict=True)]
        areas.append(f"bounds {np.mean(hits):.3f}")
        print(f"left out: {language}, n {len(picked)}, right {right:.3f}", *areas, flush=True)


if __name__ == "__main__":
    main()
