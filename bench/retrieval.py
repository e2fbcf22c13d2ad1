"""Search side by side: BM25, dense, reciprocal ranks, ours, and the peers' hybrid searches.

All rank the same chunks with the same vectors for the same questions (follow-ups as
`rag/understand.py` reads them; ours is also led by what was said before). A chunk is relevant
when it overlaps the evidence. Prints one table over all suites, differences with paired bootstrap
intervals, what each part of ours adds, and last turns alone against led ones.

    python bench/retrieval.py --data ../shared/data --home DIR [--peers DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import RR, R, Success, nDCG
from numpy.typing import NDArray
from peers_environment import install_peers

import index.search
from eval.cases import load_suite
from eval.intervals import mean_of
from eval.judge import Judge
from eval.measures import hit, ndcg, recall, reciprocal_rank
from index.fusion import DOCUMENT, PHRASE, fused
from index.search import OpenGeneration, Searcher
from index.text.words import query_terms
from rag.assemble import Services
from rag.settings import load_settings

SUITES = (
    "squad2 clapnq qed_nq scifact mtrag_un chunking_eval hotpotqa anthropic_docs_rag"
    " xquad_es xquad_zh"
).split()
PEERS = ("haystack", "llama-index", "txtai")
SINGLE = ("BM25", "dense", "RRF")
MEASURES: dict[str, Callable[[Sequence[str], set[str]], float]] = {
    "hit@1": lambda ranking, relevant: hit(ranking, relevant, 1),
    "hit@5": lambda ranking, relevant: hit(ranking, relevant, 5),
    "recall@10": lambda ranking, relevant: recall(ranking, relevant, 10),
    "MRR@10": lambda ranking, relevant: reciprocal_rank(ranking, relevant, 10),
    "nDCG@10": lambda ranking, relevant: ndcg(ranking, relevant, 10),
}
THEIRS = {
    "hit@1": Success @ 1,
    "hit@5": Success @ 5,
    "recall@10": R @ 10,
    "MRR@10": RR @ 10,
    "nDCG@10": nDCG @ 10,
}
DEPTH = 100
K = 10

Rankings = list[list[str]]


@dataclass(slots=True)
class Asked:
    """One suite: its questions, what is relevant to each, and the rankings of every system."""

    name: str
    queries: list[str]
    relevant: list[set[str]]
    rankings: dict[str, Rankings] = field(default_factory=dict)

    def values(self, system: str, measure: str) -> NDArray[np.float64]:
        """The measure of each question."""
        pairs = zip(self.rankings[system], self.relevant, strict=True)
        return np.array([MEASURES[measure](ranking, found) for ranking, found in pairs])


def main() -> None:
    """Rank with every system, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--peers", type=Path, help="folder of their environment; without: no peers")
    parser.add_argument("--suites", nargs="*", default=SUITES)
    parser.add_argument("--json", type=Path, help="write every ranking")
    options = parser.parse_args()
    if options.peers:
        install_peers(options.peers)
    asked = []
    for name in options.suites:
        suite, turns = _ranked(options.data / name, options.home, options.peers)
        asked.append(suite)
        print(f"{name}: {len(suite.queries)} questions", flush=True)
        if turns is not None:
            print(turns)
    _print_table(asked)
    _print_differences(asked)
    _print_ablation(asked)
    print(f"largest difference from ir_measures: {max(map(_disagreement, asked)):.1e}")
    if options.json:
        options.json.write_text(json.dumps({suite.name: suite.rankings for suite in asked}))


def _ranked(folder: Path, home: Path, peers: Path | None) -> tuple[Asked, str | None]:
    suite = load_suite(folder)
    own = home / "eval" / suite.name
    settings = load_settings(home=own, seeds=suite.documents)
    services = Services(settings)
    services.builder.refresh()
    searcher = services.searcher
    generation = searcher.generation()
    judge = Judge(generation)
    cases = [c for c in suite.cases if c.answerable]
    judged = [(c, found) for c in cases if (found := judge.relevant_chunks(c))]
    meant = [services.assistant.understand(c.question, c.history) for c, _ in judged]
    queries = [each.text for each in meant]
    asked = Asked(suite.name, queries, [found for _, found in judged])
    embedder = services.embedder()
    vectors = np.stack([embedder.embed_query(query) for query in queries])
    asked.rankings |= _single(generation, queries, vectors)
    befores = [each.background for each in meant]
    for system, changes in VARIANTS.items():
        with _changed(changes):
            asked.rankings[system] = [
                _ids(searcher, query, "" if system == "ours, no background" else before)
                for query, before in zip(queries, befores, strict=True)
            ]
    turns = None
    if any(c.history for c, _ in judged):
        last = [_ids(searcher, c.question, "") for c, _ in judged]
        turns = _turns(asked, last)
    if peers:
        asked.rankings |= _of_peers(generation, queries, vectors, peers, own / "peers")
    return asked, turns


def _ids(searcher: Searcher, query: str, before: str) -> list[str]:
    found = searcher.search(query, background=before, k=K)
    return [passage.chunk.id for passage in found.passages]


def _single(
    generation: OpenGeneration, queries: Sequence[str], vectors: NDArray[np.float32]
) -> dict[str, Rankings]:
    """Each search alone, and both by reciprocal ranks (Cormack et al. 2009, k 60)."""
    catalog = generation._catalog
    id_by_row = {row: o.chunk_id for row, o in catalog.outlines(catalog.rows()).items()}
    out: dict[str, Rankings] = {name: [] for name in SINGLE}
    for query, vector in zip(queries, vectors, strict=True):
        terms = query_terms(query, generation.languages)
        words = [row for row, _ in generation._lexical.search(terms, DEPTH)]
        dense = [row for row, _ in generation._nearest(vector, DEPTH, None)]
        ranks: dict[int, float] = {}
        for found in (words, dense):
            for rank, row in enumerate(found, start=1):
                ranks[row] = ranks.get(row, 0.0) + 1 / (60 + rank)
        both = sorted(ranks, key=lambda row: (-ranks[row], id_by_row[row]))
        for name, rows in (("BM25", words), ("dense", dense), ("RRF", both)):
            out[name].append([id_by_row[row] for row in rows[:K]])
    return out


VARIANTS: dict[str, Mapping[str, float]] = {
    "ours": {},
    "ours, no phrases": {"phrase_weight": 0.0},
    "ours, no document": {"document_weight": 0.0},
    "ours, neither": {"phrase_weight": 0.0, "document_weight": 0.0},
    "ours, no background": {},
}


class _changed:  # noqa: N801
    """Other weights of the fusion while the body runs."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = {"phrase_weight": PHRASE, "document_weight": DOCUMENT, **weights}

    def __enter__(self) -> None:
        index.search.fused = lambda found, **kwargs: fused(  # type: ignore[attr-defined]
            found, **kwargs, **self._weights
        )

    def __exit__(self, *_: object) -> None:
        index.search.fused = fused  # type: ignore[attr-defined]


def _of_peers(
    generation: OpenGeneration,
    queries: Sequence[str],
    vectors: NDArray[np.float32],
    peers: Path,
    place: Path,
) -> dict[str, Rankings]:
    place.mkdir(parents=True, exist_ok=True)
    catalog = generation._catalog
    rows = catalog.rows()
    chunks = catalog.chunks(rows)
    number = catalog.vectors_of(rows)
    held = catalog.vectors(list(set(number.values())))
    matrix = np.stack([np.frombuffer(held[number[row]], np.float32) for row in rows])
    # A text that occurs twice is one to a peer that knows texts only.
    (place / "chunks.json").write_text(json.dumps({chunks[r].id: chunks[r].text for r in rows}))
    (place / "queries.json").write_text(json.dumps(list(queries)))
    np.save(place / "chunks.npy", matrix)
    np.save(place / "queries.npy", vectors)
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
        "ANONYMIZED_TELEMETRY": "False",
    }
    script = Path(__file__).with_name("retrieval_peers.py")
    found: dict[str, Rankings] = {}
    for peer in PEERS:
        command = [str(peers.absolute() / "bin" / "python"), str(script), str(place), peer]
        with (place / f"{peer}.log").open("w") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, env=environment)
        found[peer] = json.loads((place / f"{peer}.json").read_text())
    return found


def _turns(asked: Asked, last: Rankings) -> str:
    """recall@5 of the question led by what was said before, and of its last turn alone."""
    pairs = list(zip(asked.rankings["ours"], last, asked.relevant, strict=True))
    ours = [recall(ranking, relevant, 5) for ranking, _, relevant in pairs]
    alone = [recall(ranking, relevant, 5) for _, ranking, relevant in pairs]
    gain = mean_of([a - b for a, b in zip(ours, alone, strict=True)])
    return (
        f"  recall@5: last turn {np.mean(alone):.3f}, led {np.mean(ours):.3f}, "
        f"gain {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
    )


def _print_table(asked: Sequence[Asked]) -> None:
    systems = [s for s in asked[0].rankings if not s.startswith("ours,")]
    for measure in MEASURES:
        print(f"\n{measure}\n\n| suite | n | " + " | ".join(systems) + " |")
        print("|---|---:|" + "---:|" * len(systems))
        table = [[suite.values(s, measure).mean() for s in systems] for suite in asked]
        for suite, values in zip(asked, table, strict=True):
            cells = [f"**{v:.3f}**" if v == max(values) else f"{v:.3f}" for v in values]
            print(f"| {suite.name} | {len(suite.queries)} | " + " | ".join(cells) + " |")
        means = np.mean(table, axis=0)
        print("| mean of suites | | " + " | ".join(f"{v:.3f}" for v in means) + " |")


def _print_differences(asked: Sequence[Asked]) -> None:
    """nDCG@10 of ours less that of each other, with the paired 95 % interval."""
    others = [s for s in asked[0].rankings if not s.startswith("ours")]
    print("\nours less the other, nDCG@10 in points\n\n| suite | " + " | ".join(others) + " |")
    print("|---|" + "---:|" * len(others))
    for suite in asked:
        ours = suite.values("ours", "nDCG@10")
        cells = []
        for other in others:
            gain = mean_of(list(100 * (ours - suite.values(other, "nDCG@10"))))
            cells.append(f"{gain.value:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]")
        print(f"| {suite.name} | " + " | ".join(cells) + " |")
    cells = [_mean_gain(asked, other) for other in others]
    print("| mean of suites | " + " | ".join(cells) + " |")


def _mean_gain(asked: Sequence[Asked], other: str, ours: str = "ours") -> str:
    """The mean of the suites' gains; questions are resampled within each suite."""
    gains = [100 * (s.values(ours, "nDCG@10") - s.values(other, "nDCG@10")) for s in asked]
    random = np.random.default_rng(20251101)
    spread = [
        np.mean([gain[random.integers(0, len(gain), len(gain))].mean() for gain in gains])
        for _ in range(1000)
    ]
    low, high = np.quantile(spread, [0.025, 0.975])
    return f"{np.mean([gain.mean() for gain in gains]):+.1f} [{low:+.1f}, {high:+.1f}]"


def _print_ablation(asked: Sequence[Asked]) -> None:
    print("\nwithout a part of ours\n\n| | hit@1 | nDCG@10 | what the part adds, in points |")
    print("|---|---:|---:|---:|")
    for system in VARIANTS:
        means = [
            np.mean([suite.values(system, measure).mean() for suite in asked])
            for measure in ("hit@1", "nDCG@10")
        ]
        print(f"| {system} | {means[0]:.3f} | {means[1]:.3f} | {_mean_gain(asked, system)} |")


def _disagreement(asked: Asked) -> float:
    """The largest difference of a question's measure from that of ir_measures."""
    judged = [
        ir_measures.Qrel(str(i), name, 1)
        for i, names in enumerate(asked.relevant)
        for name in names
    ]
    largest = 0.0
    for system, rankings in asked.rankings.items():
        run = [
            ir_measures.ScoredDoc(str(i), name, float(-rank))
            for i, ranking in enumerate(rankings)
            for rank, name in enumerate(ranking)
        ]
        for measure, theirs in THEIRS.items():
            ours = asked.values(system, measure)
            for found in ir_measures.iter_calc([theirs], judged, run):
                largest = max(largest, abs(ours[int(found.query_id)] - found.value))
    return largest


if __name__ == "__main__":
    main()
