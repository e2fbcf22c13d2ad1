"""Fit ``index/text/abbreviations.npz``: what stands on both sides of a full stop.

Two heads over the letters of a word (:mod:`index.text.abbreviations`): whether it is an
abbreviation, and whether it can stand in lower case, so that a capital makes it the first of a
sentence. Abbreviations are CLDR's (the npm package ``cldr-segments-full``, unpacked), sentencex's
(``src/languages/abbrev`` of its repository) and those of NLTK's Punkt, whose words are the words;
words of the languages that Punkt lacks are those of the public sets. Prints what is right of words
that are not in the fit.

    python training/abbreviations.py --cldr package --sentencex abbrev --sets ../shared/data/train
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sets import rows_of
from sklearn.linear_model import LogisticRegression

from index.text.abbreviations import BUCKETS, LANGUAGES, slots
from index.text.language import UNDECIDED

OUT = Path(__file__).parents[1] / "index" / "text" / "abbreviations.npz"
# Punkt's names of languages, but for one without capitals and one without words.
_PUNKT = dict(
    pair.split("/")
    for pair in (
        "cs/czech da/danish nl/dutch en/english et/estonian fi/finnish fr/french de/german el/greek"
        " it/italian no/norwegian pl/polish pt/portuguese sl/slovene es/spanish"
        " sv/swedish tr/turkish"
    ).split()
)
_SETS = ("ru", "uk", "fi", "fr", "de", "es", "pt", "no", "da")
_LOW = 16 | 32 | 64  # Punkt's bits of what it saw in lower case
_MOST_WORDS = 6_000  # rare ones of a language
_COMMON = 2.0  # weight above which a word is
_MOST_WEIGHT = 16.0
_BOTH = 4.0  # the most weight of a word that is an abbreviation too
_MOST_SHARE = 30.0  # weight of an abbreviation
_MOST_PASSAGES = 3_000  # of a set
_WORD = re.compile(r"[^\W\d_]+")
_STRENGTH = 2.0  # inverse of the regularisation
_ALONE = 0.3  # weight of a word without its language
_HELD = 0.05


@dataclass(frozen=True, slots=True)
class Form:
    """Whether a word occurs in lower case, and how common it is."""

    is_low: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Example:
    """A word of a language, whether the head is to say yes, and how much it counts."""

    word: str
    language: str
    label: bool
    weight: float = 1.0


def main() -> None:
    """Read the lists, fit both heads, say how good they are, write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cldr", type=Path, required=True, help="cldr-segments-full, unpacked")
    parser.add_argument("--sentencex", type=Path, required=True, help="folder of LANGUAGE.txt")
    parser.add_argument("--sets", type=Path, required=True, help="folder of NAME.jsonl.gz")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()

    abbreviations = _abbreviations(options.cldr, options.sentencex)
    seen = _seen_in_sets(options.sets)
    for language, name in _PUNKT.items():
        seen[language] |= _seen_by_punkt(name)
    assert seen.keys() == LANGUAGES
    chooser = random.Random(0)
    shortened: list[Example] = []
    low: list[Example] = []
    for language, words in sorted(seen.items()):
        common = [word for word, form in words.items() if form.weight > _COMMON]
        rare = sorted(words.keys() - common)
        chosen = common + chooser.sample(rare, min(_MOST_WORDS, len(rare)))
        low += [Example(w, language, words[w].is_low, words[w].weight) for w in chosen]
        shortened += _balanced(language, chosen, words, abbreviations.get(language, set()))
    arrays = _fitted("abbreviation", shortened) | _fitted("low", low)
    np.savez_compressed(options.out, **arrays)  # type: ignore[arg-type]
    print(options.out, options.out.stat().st_size, "bytes")


def _balanced(
    language: str, chosen: Sequence[str], words: Mapping[str, Form], short: Set[str]
) -> Iterator[Example]:
    """Words and abbreviations of a language; what is both ("am.") counts less as either."""
    total = 0.0
    for word in chosen:
        weight = min(words[word].weight, _BOTH if word in short else _MOST_WEIGHT)
        total += weight
        yield Example(word, language, label=False, weight=weight)
    share = min(_MOST_SHARE, 0.5 * total / (len(short) or 1))
    for word in sorted(short):
        yield Example(word, language, label=True, weight=share * (0.2 if word in words else 1.0))


def _abbreviations(cldr: Path, sentencex: Path) -> dict[str, set[str]]:
    """The abbreviations of each language, in lower case, without the last full stop."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(cldr.glob("segments/*/suppressions.json")):
        breaks = json.loads(path.read_text(encoding="utf-8"))["segments"]["segmentations"]
        listed = breaks.get("SentenceBreak", {}).get("standard", [])
        found[path.parent.name] |= {item["suppression"] for item in listed if len(item) == 1}
    for path in sorted(sentencex.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found[path.stem] |= {line.partition("//")[0].strip() for line in lines}
    for language, name in _PUNKT.items():
        found[language] |= set(_punkt(name, "abbrev_types.txt"))
    return {
        language: {
            word.casefold().rstrip(".")
            for word in words
            if 1 < len(word.rstrip(".")) <= 12 and not re.search(r"\s|\d", word)
        }
        for language, words in found.items()
    }


def _punkt(name: str, file: str) -> list[str]:
    """The lines of a file of NLTK's Punkt, as llama-index-core carries it."""
    spec = importlib.util.find_spec("llama_index.core")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "_static" / "nltk_cache" / "tokenizers" / "punkt_tab"
    return (folder / name / file).read_text(encoding="utf-8").splitlines()


def _seen_by_punkt(name: str) -> dict[str, Form]:
    """The words of a language, and whether they occur in lower case."""
    lines = (line.split("\t") for line in _punkt(name, "ortho_context.tab"))
    starters = set(_punkt(name, "sent_starters.txt"))
    return {
        word: Form(
            bool(int(bits) & _LOW) or word in starters,
            _MOST_WEIGHT if word in starters else 2.0 ** (int(bits).bit_count() - 1),
        )
        for word, bits in lines
        if _WORD.fullmatch(word)
    }


def _seen_in_sets(folder: Path) -> defaultdict[str, dict[str, Form]]:
    """The words of public passages that do not stand before a full stop, likewise."""
    counts: Counter[tuple[str, str, bool]] = Counter()
    for path in sorted(folder.glob("*.jsonl.gz")):
        texts: dict[str, str] = {}
        taken: Counter[str] = Counter()
        for row in rows_of(path):
            language = str(row.get("language"))
            if language in _SETS and taken[language] < _MOST_PASSAGES:
                texts[str(row.get("passage") or row.get("evidence") or "")] = language
                taken[language] += 1
        for text, language in texts.items():
            for found in _WORD.finditer(text):
                if not text.startswith(".", found.end()):
                    word = found.group()
                    counts[language, word.casefold(), word.islower()] += 1
    seen: defaultdict[str, dict[str, Form]] = defaultdict(dict)
    for language, word in sorted({(language, word) for language, word, _ in counts}):
        low, high = counts[language, word, True], counts[language, word, False]
        if low + high > 1:
            seen[language][word] = Form(4 * low > high, min(_MOST_WEIGHT, (low + high) ** 0.5))
    return seen


def _fitted(name: str, examples: Sequence[Example]) -> dict[str, np.ndarray]:
    """The weights of a head in 8 bits, their scale and the intercept."""
    is_held = [_hash_of(e) < _HELD for e in examples]
    taken = [e for e, held in zip(examples, is_held, strict=True) if not held]
    alone = [Example(e.word, UNDECIDED, e.label, e.weight * _ALONE) for e in taken]
    model = LogisticRegression(C=_STRENGTH, max_iter=120)
    both = taken + alone
    weights = [e.weight for e in both]
    model.fit(_matrix(both), [e.label for e in both], sample_weight=weights)
    step = float(np.abs(model.coef_).max()) / 127
    held = [e for e, is_held_one in zip(examples, is_held, strict=True) if is_held_one]
    for language in (None, *sorted({e.language for e in held})):
        rows = [e for e in held if language in (None, e.language)]
        says = model.predict(_matrix(rows))
        labels = np.array([e.label for e in rows])
        print(
            f"{name} {language or 'all'}: {len(rows)} held, yes is right"
            f" {(says[labels]).mean():.3f}, no is right {(~says[~labels]).mean():.3f}"
        )
    return {
        name: np.round(model.coef_[0] / step).astype(np.int8),
        f"{name}_step": np.float32(step),
        f"{name}_intercept": np.float32(model.intercept_[0]),
    }


def _hash_of(example: Example) -> float:
    """A number in [0, 1) that is the same in every run."""
    return random.Random(f"{example.language} {example.word}").random()


def _matrix(examples: Iterable[Example]) -> csr_matrix:
    """One row an example: how often each slot is in its word."""
    columns = [slots(example.word, example.language) for example in examples]
    edges = np.cumsum([0, *map(len, columns)])
    flat = np.fromiter(_flat(columns), dtype=np.int32, count=edges[-1])
    data = np.ones(len(flat), dtype=np.float32)
    return csr_matrix((data, flat, edges), shape=(len(columns), BUCKETS))


def _flat(columns: Iterable[list[int]]) -> Iterator[int]:
    return itertools.chain.from_iterable(columns)


if __name__ == "__main__":
    main()
