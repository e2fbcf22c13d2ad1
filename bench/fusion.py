"""Learn the weights of `index/fusion.py` on development questions, a suite left out at a time.

For each question the candidates of both searches with their parts. The weights of words and
phrases beside the similarity are those under which a softmax over the candidates gives the relevant
ones most (listwise, every suite counts the same); the weight of the document is the best of a
few for nDCG@10 on the same suites. Prints for each suite what the weights fitted without it
give, what the shipped ones give, and the fit over all.

    python bench/fusion.py --data ../shared/data --home DIR [--suites squad2 clapnq ...]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from retrieval import SUITES
from scipy.optimize import minimize

from eval.cases import load_suite
from eval.judge import Judge
from eval.measures import ndcg
from index.fusion import DOCUMENT, PHRASE, Candidate, fused
from index.search import Query
from index.types import Filter
from rag.assemble import Services
from rag.settings import load_settings

DOCUMENT_WEIGHTS = (0.0, 0.25, 0.5, 1.0)
SPREAD = 1e-4  # of the prior on the weights

Question = tuple[list[Candidate], set[str]]
Weights = tuple[float, float, float]  # words, phrases, document


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--suites", nargs="*", default=SUITES)
    options = parser.parse_args()
    asked = {name: _questions(options.data / name, options.home) for name in options.suites}
    shipped = (load_settings().lexical_weight, PHRASE, DOCUMENT)
    print("| left out | words | phrases | document | nDCG@10 | with the shipped weights |")
    print("|---|---:|---:|---:|---:|---:|")
    values = []
    for name, questions in asked.items():
        weights = _fitted({k: v for k, v in asked.items() if k != name})
        values.append((_gain(questions, weights), _gain(questions, shipped)))
        print(
            f"| {name} | {_row(weights)} | {values[-1][0]:.4f} | {values[-1][1]:.4f} |", flush=True
        )
    weights = _fitted(asked)
    means = np.mean(values, axis=0)
    print(f"| mean | | | | {means[0]:.4f} | {means[1]:.4f} |")
    print(f"| none | {_row(weights)} | | |")


def _row(weights: Weights) -> str:
    return " | ".join(f"{weight:.2f}" for weight in weights)


def _questions(folder: Path, home: Path) -> list[Question]:
    suite = load_suite(folder)
    settings = load_settings(home=home / "eval" / suite.name, seeds=suite.documents)
    services = Services(settings)
    services.builder.refresh()
    generation = services.searcher.generation()
    embedder, judge = services.embedder(), Judge(generation)
    out = []
    for case in suite.cases:
        relevant = judge.relevant_chunks(case) if case.answerable else set()
        if relevant:
            text = services.assistant.understand(case.question, case.history).text
            vector = embedder.embed_query(text)
            query = Query(text, vector, vector)
            found = generation.candidates(query, settings.candidates, Filter())
            out.append((found, relevant))
    return out


def _fitted(asked: Mapping[str, Sequence[Question]]) -> Weights:
    words, phrases = _listwise(asked)
    best = max(
        DOCUMENT_WEIGHTS,
        key=lambda weight: np.mean([_gain(q, (words, phrases, weight)) for q in asked.values()]),
    )
    return words, phrases, best


def _listwise(asked: Mapping[str, Sequence[Question]]) -> tuple[float, float]:
    """The weights of words and phrases, that of the similarity being 1."""
    parts: list[NDArray[np.float64]] = []
    right: list[NDArray[np.bool_]] = []
    share: list[float] = []
    for questions in asked.values():
        answerable = [q for q in questions if any(c.chunk_id in q[1] for c in q[0])]
        for found, relevant in answerable:
            parts.append(np.array([(c.similarity, c.lexical, c.phrase) for c in found]))
            right.append(np.array([c.chunk_id in relevant for c in found]))
            share.append(1 / len(answerable) / len(asked))
    starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    of = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    x, is_right, weight = np.concatenate(parts), np.concatenate(right), np.array(share)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = x @ w
        e = np.exp(z - np.maximum.reduceat(z, starts)[of])
        e_right = np.where(is_right, e, 0.0)
        all_, good = np.add.reduceat(e, starts), np.add.reduceat(e_right, starts)
        value = float((weight * np.log(all_ / good)).sum() + SPREAD * w @ w)
        slope = x.T @ ((e / all_[of] - e_right / good[of]) * weight[of]) + 2 * SPREAD * w
        return value, slope

    found_w = minimize(loss, np.ones(3), jac=True, method="L-BFGS-B").x
    return float(found_w[1] / found_w[0]), float(found_w[2] / found_w[0])


def _gain(questions: Sequence[Question], weights: Weights) -> float:
    """The mean nDCG@10 of a suite."""
    values = []
    for found, relevant in questions:
        words, phrases, document = weights
        scores = fused(found, lexical_weight=words, phrase_weight=phrases, document_weight=document)
        order = sorted(range(len(found)), key=lambda i: (-scores[i], found[i].chunk_id))[:10]
        values.append(ndcg([found[i].chunk_id for i in order], relevant, 10))
    return float(np.mean(values))


if __name__ == "__main__":
    main()
