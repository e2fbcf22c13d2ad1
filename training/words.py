"""Fit ``rag/models/words.npz``: what a word is by its vector alone.

A name or not: in languages that begin names, and nothing else inside a sentence, with a capital,
passages of the public sets say which words are names; the vectors of the words in lower case carry
that over to the languages that do not. Which of two cells denies says the difference of their
vectors, fitted on the pairs of ``words.toml`` against pairs of any words. Words of that file say
whether an end of time is meant, or one of size, whether a word denies, only asks ("when", "may"),
asks for a person, or gives a reason ("because"), whether the numbers of a column of this name only
name something (phone numbers), what it measures (the price, for "price" and "cheap") and whether it
means much or little of it; of scripts without spaces signs of questions that are none of these
words are examples of what measures nothing. Prints what is right of each language when it is left
out of the fit.

    python training/words.py --sets ../shared/data/train --suites ../shared/data --kept FILE

``--only measure end`` fits these heads, and keeps the others as they are in the package.
"""

from __future__ import annotations

import itertools
import random
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from intents import Vectors, embedded, public, read_options
from numpy.typing import NDArray
from sets import rows_of
from sklearn.linear_model import LogisticRegression, Ridge
from tables import written

from eval.measures import auroc
from index.text.scripts import UNSPACED
from index.text.words import function_words
from rag.tables.words import END, ENDS, MEASURES, shares

OUT = Path(__file__).parents[1] / "rag" / "models" / "words.npz"
EXAMPLES = Path(__file__).with_name("words.toml")
LANGUAGES = frozenset("da en es fi fr no pt ru id".split())
_ROWS = 20_000  # of a set
_FEWEST = 3  # times that a word is seen
_SHARE = 0.95  # of those, that begin with a capital, or do not
_WORDS = 500  # of each kind in a language
_PENALTY = 0.01  # of the regularisation of what denies
_STRENGTH = 0.1  # inverse of the regularisation
_HIDDEN = 64  # numbers between two layers
_ROUNDS = 60
_OF_NONE = 0.3  # weight of a word that measures nothing, or means neither much nor little
_WITHOUT_SPACES = ("ja", "ko", "zh")
_PARTS = 3000  # of public questions of such a language, and of each of the examples
_SIGNS = (2, 3)  # of a part
_LEFT_OUT = "de fr it es pl ru zh ja ko ar".split()
_UNSPACED = re.compile(f"[{UNSPACED}]+")
# Inside a sentence: behind a word or a comma, not beside another capital (of a title).
_INSIDE = re.compile(r"(?<=[^\W\d_A-Z][,\s]\s|[^\W\d_]{2}\s)[^\W\d_]{3,}(?![\w’'-])")


def main() -> None:
    """Count, embed, leave out, print, fit, write."""
    options = read_options(__doc__, OUT)
    words = list(_words(options.sets))
    pairs = list(_pairs())
    ends = list(_ends())
    measures = list(_measures())
    denying = list(_of_kind("denying", "affirming"))
    asking = list(_of_kind("who", "what"))
    only_asking = [
        (w, True, own) for own, text in _examples("asking").items() for w in text.split()
    ]
    numbering = list(_of_kind("numbering", "counting"))
    reasons = list(_of_kind("reason"))
    of_other = [
        (word, "", language)
        for language, text in _examples("other").items()
        for word in text.split()
    ]
    parts = list(_parts(options.sets, {word for word, *_ in measures}))
    function = list(_function_words())
    every = (
        *words,
        *ends,
        *measures,
        *denying,
        *asking,
        *only_asking,
        *numbering,
        *reasons,
        *of_other,
        *function,
        *parts,
    )
    texts = [str(word) for word, *_ in every]
    texts += [word for pair in pairs for word in pair[:2]]
    found = embedded(texts, options.kept)
    named = {word for word, *_ in measures}
    others = [(word, "", language) for word, _, language in words if word not in named]
    others += [pair for pair in function if pair[0] not in named]
    others += [(word, "", own) for word, _, own in asking if word not in named]
    others += of_other
    others += parts
    kinds = [*((word, kind, own) for word, kind, _, own in measures), *others]
    of_ends = [*((word, end, own) for word, _, end, own in measures), *others]
    deny = _among(denying, [*measures, *words, *function, *asking])
    content = [*measures, *words]
    who = _among(asking, [*content, *function])
    asks = _among(only_asking, content)
    numbers = _among(numbering, measures)
    reason = _among(reasons, [*content, *function, *denying])
    heads: dict[str, Callable[[], dict[str, Vectors]]] = {
        "name": lambda: _head("name", words, found),
        "time": lambda: _head("time", ends, found),
        "denying": lambda: _head("denying", deny, found),
        "who": lambda: _head("who", who, found),
        "asks": lambda: _head("asks", asks, found),
        "numbering": lambda: _head("numbering", numbers, found),
        "reason": lambda: _head("reason", reason, found),
        "affirms": lambda: _denials(words, pairs, found),
        "measure": lambda: _kinds("measure", MEASURES, kinds, found),
        "end": lambda: _kinds("end", ENDS, of_ends, found),
    }
    out: dict[str, Vectors] = {}
    if options.only:
        with np.load(OUT, allow_pickle=False) as stored:
            out |= stored
    for name, fitted in heads.items():
        if not options.only or name in options.only:
            out |= fitted()
    np.savez_compressed(options.out, **out)  # type: ignore[arg-type]
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


def _head(
    name: str, words: Sequence[tuple[str, bool, str]], found: Mapping[str, Vectors]
) -> dict[str, Vectors]:
    """Weights of shape (dimension,) and a bias; the logit is above 0 for a word that is so."""
    vectors = np.stack([found[word] for word, _, _ in words])
    is_so = np.array([so for _, so, _ in words])
    languages = np.array([language for _, _, language in words])
    for language in sorted(set(languages)):
        own = languages == language
        weights, bias = _fitted(vectors[~own], is_so[~own], languages[~own])
        logits = vectors[own] @ weights + bias
        right = ((logits > 0) == is_so[own]).mean()
        area = auroc(logits, is_so[own])
        print(f"{name}, left out: {language}, n {own.sum()}, area {area:.3f}, right {right:.3f}")
    weights, bias = _fitted(vectors, is_so, languages)
    return {f"{name}_weights": weights, f"{name}_bias": bias}


def _kinds(
    name: str,
    kinds: Sequence[str],
    words: Sequence[tuple[str, str, str]],
    found: Mapping[str, Vectors],
) -> dict[str, Vectors]:
    """Two layers that say which of the kinds a word is, of words, their kinds and languages.

    They learn the words by heart; what they make of other languages is printed.
    """
    vectors = np.stack([found[word] for word, _, _ in words])
    targets = np.array([kinds.index(kind) for _, kind, _ in words])
    languages = np.array([language for *_, language in words])
    for language in _LEFT_OUT:
        own = languages == language
        layers = _trained(vectors[~own], targets[~own], len(kinds))
        share = shares(vectors[own], *layers)
        best = np.where(share.max(axis=1) >= END, share.argmax(axis=1), 0)
        is_right = best == targets[own]
        of_kind = {k: is_right[targets[own] == i] for i, k in enumerate(kinds)}
        shown = " ".join(f"{k or 'none'} {of.mean():.2f}" for k, of in of_kind.items() if len(of))
        print(f"{name}, left out: {language}, n {own.sum()}, {is_right.mean():.3f}: {shown}")
    layers = _trained(vectors, targets, len(kinds))
    parts = ("in_weights", "in_bias", "weights", "bias")
    named = zip(parts, layers, strict=True)
    return {f"{name}_{part}": layer.astype(np.float16) for part, layer in named}


def _trained(vectors: Vectors, targets: Vectors, kinds: int) -> tuple[NDArray[Any], ...]:
    """Weights and biases: (hidden, dimension), (hidden,), (kinds, hidden), (kinds,)."""
    torch.manual_seed(0)
    mean, scale = vectors.mean(axis=0), float(1.0 / vectors.std())
    rows, wanted = torch.tensor((vectors - mean) * scale), torch.tensor(targets)
    weight = torch.where(wanted == 0, _OF_NONE, 1.0)
    first, last = torch.nn.Linear(rows.shape[1], _HIDDEN), torch.nn.Linear(_HIDDEN, kinds)
    model = torch.nn.Sequential(first, torch.nn.ReLU(), torch.nn.Dropout(0.3), last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.1)
    for _ in range(_ROUNDS):
        for batch in torch.randperm(len(rows)).split(256):
            loss = torch.nn.functional.cross_entropy(
                model(rows[batch]), wanted[batch], reduction="none"
            )
            optimizer.zero_grad()
            (loss * weight[batch]).mean().backward()
            optimizer.step()
    inner = first.weight.detach().numpy() * scale
    bias = first.bias.detach().numpy() - inner @ mean
    return inner, bias, last.weight.detach().numpy(), last.bias.detach().numpy()


def _examples(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))[kind]
    return found


def _ends() -> Iterator[tuple[str, bool, str]]:
    """Words, whether they are of time (else of size), and their languages."""
    for kind in ("times", "sizes"):
        for language, words in _examples(kind).items():
            yield from ((word, kind == "times", language) for word in words.split())


def _measures() -> Iterator[tuple[str, str, str, str]]:
    """Words, what they measure, whether they mean much or little of it, and their languages."""
    for language, kinds in _examples("measures").items():
        for kind, words in kinds.items():
            for end, part in zip(("", *ENDS[1:]), words.split(" | "), strict=True):
                yield from ((word, kind, end, language) for word in part.lower().split())


def _function_words() -> Iterator[tuple[str, str, str]]:
    """Words that say nothing by themselves, of which none means much or little."""
    for word, languages in function_words().items():
        yield word, "", languages[0]


def _parts(folder: Path, named: set[str]) -> Iterator[tuple[str, str, str]]:
    """Signs that stand together in questions without spaces, and hold no word that measures."""
    said = [word for word in named if len(word) > 1 and _UNSPACED.match(word)]
    chooser = random.Random(0)
    for language in _WITHOUT_SPACES:
        for examples in (public(folder), written()):
            texts = [e.text for e in examples if e.language == language]
            runs = [run for text in texts for run in _UNSPACED.findall(text)]
            held = {run[i : i + n] for run in runs for n in _SIGNS for i in range(len(run) - n + 1)}
            rest = sorted(part for part in held if not any(word in part for word in said))
            some = chooser.sample(rest, min(_PARTS, len(rest)))
            yield from ((part, "", language) for part in some)


def _of_kind(kind: str, *others: str) -> Iterator[tuple[str, bool, str]]:
    """Words, whether they are of a kind or another one, and their languages."""
    for name in (kind, *others):
        for language, words in _examples(name).items():
            texts = (word.replace("_", " ") for word in words.lower().split())
            yield from ((text, name == kind, language) for text in texts)


def _among(
    words: Sequence[tuple[str, bool, str]], others: Sequence[tuple[Any, ...]]
) -> list[tuple[str, bool, str]]:
    """The words, and those of the others that are not among them, which are not so."""
    named = {word for word, *_ in words}
    return [*words, *((word, False, own) for word, *_, own in others if word not in named)]


def _pairs() -> Iterator[tuple[str, str, str]]:
    """What affirms, what denies, and the language."""
    for language, pairs in _examples("denials").items():
        for pair in pairs:
            affirms, denies = pair.split(" / ")
            yield affirms, denies, language


def _denials(
    words: Sequence[tuple[str, bool, str]],
    pairs: Sequence[tuple[str, str, str]],
    found: Mapping[str, Vectors],
) -> dict[str, Vectors]:
    """Weights of shape (dimension,) of what a word affirms; two differ by 1 where one denies."""
    others = zip(words, random.Random(1).sample(words, len(words)), strict=True)
    apart = np.stack([found[a[0]] - found[b[0]] for a, b in others])
    apart = apart[: len(apart) // 2]
    polar = np.stack([found[affirms] - found[denies] for affirms, denies, _ in pairs])
    languages = np.array([language for _, _, language in pairs])

    def weights(polar: Vectors, apart: Vectors) -> Vectors:
        rows = np.concatenate([polar, apart])
        targets = np.repeat([1.0, 0.0], [len(polar), len(apart)])
        weight = np.repeat([1.0 / len(polar), 1.0 / len(apart)], [len(polar), len(apart)])
        model = Ridge(_PENALTY, fit_intercept=False).fit(rows, targets, weight)
        return np.asarray(model.coef_, dtype=np.float32)

    right = []
    for language in sorted(set(languages)):
        own = languages == language
        found_own = polar[own] @ weights(polar[~own], apart[::2])
        right += list(found_own)
        shown = [
            f"{p[0]}/{p[1]} {x:.2f}" for p, x in zip(np.array(pairs)[own], found_own, strict=True)
        ]
        print(f"denials, left out: {language}", *shown)
    unlike = abs(apart[1::2] @ weights(polar, apart[::2]))
    for bound in (0.3, 0.4, 0.5):
        is_so = (np.array(right) >= bound).mean()
        print(f"denials from {bound}: {is_so:.3f}, of others {(unlike >= bound).mean():.4f}")
    return {"affirms": weights(polar, apart)}


def _words(folder: Path) -> Iterator[tuple[str, bool, str]]:
    """Words in lower case, whether they are names, and their languages."""
    seen: dict[str, dict[str, Counter[bool]]] = defaultdict(lambda: defaultdict(Counter))
    for path in sorted(folder.glob("*.jsonl.gz")):
        texts = {
            (row.get("language") or "en", str(row.get("passage") or row.get("evidence") or ""))
            for row in itertools.islice(rows_of(path), _ROWS)
        }
        for language, text in sorted(texts):
            for match in _INSIDE.finditer(text) if language in LANGUAGES else ():
                word = match.group()
                if not word.isupper():
                    seen[language][word.lower()][word[0].isupper()] += 1
    chooser = random.Random(0)
    for language, counts in sorted(seen.items()):
        for is_name in (True, False):
            words = [
                word
                for word, count in sorted(counts.items())
                if count.total() >= _FEWEST and count[is_name] >= _SHARE * count.total()
            ]
            picked = chooser.sample(words, min(_WORDS, len(words)))
            yield from ((word, is_name, language) for word in picked)


def _fitted(
    vectors: Vectors, is_name: Vectors, languages: NDArray[np.str_]
) -> tuple[Vectors, Vectors]:
    """Weights of shape (dimension,) and a bias; each kind in a language weighs the same."""
    mean, scale = vectors.mean(axis=0), 1.0 / vectors.std()
    cells = list(zip(languages, is_name, strict=True))
    sizes = Counter(cells)
    weight = np.array([1.0 / sizes[cell] for cell in cells])
    model = LogisticRegression(C=_STRENGTH, max_iter=2000)
    model.fit((vectors - mean) * scale, is_name, weight * len(weight) / weight.sum())
    own = model.coef_[0] * scale
    return own.astype(np.float32), np.asarray(model.intercept_[0] - own @ mean, np.float32)


if __name__ == "__main__":
    main()
