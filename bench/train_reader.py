"""Train the reader's upper layers and heads; writes ``rag/reader.npz``.

The lower half of the packaged multilingual model stays as it is and is computed once for each
text; the upper half reads question and passage together (DeFormer, Cao et al. 2020). What is read
at once is a window of whole sentences, as in `rag/reader.py`. Each sentence gets a logit: by binary
cross-entropy, and against all sentences of four windows found for the question and none of them
(the shared normalisation of Clark and Gardner 2018). The words of the answer get one for begin and
end. Of some answerable questions there is a second example: the same windows without the
sentences that answer, where nothing does. What was held out (a quarter of the documents) is
measured, and the reader so far written, after each pass.

    python bench/train_reader.py --home DIR [--start NPZ] --out rag/reader.npz SUITE [SUITE ...]

With ``--start`` the training goes on from a reader that was written before.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise
from pathlib import Path

import numpy as np
import torch
from reader_data import Example, examples
from torch import Tensor, nn
from torch.nn import functional

from eval.measures import auroc
from index.embedding import packaged_weights
from index.models import EMBEDDING_MODELS
from index.onnx_model import quantised_layers
from index.weights import Tensors, Weights
from rag.reader import READER_MODEL, Passage, question_ids, windows

_MODEL = EMBEDDING_MODELS[READER_MODEL]
_SPLIT, _LAYERS = 6, 12
_BATCH, _WINDOWS, _SEED = 4, 4, 1  # questions, windows of each
_MAX_POSITIVE = 2
_RATE, _HEADS_RATE = 1.2e-4, 6e-4
_DROPOUT = 0.1
_TAKEN = {"xquad_es": 0.5, "xquad_zh": 0.5}  # share of the questions; these are asked twice
_EMPTIED = 0.3  # share of the answerable questions that are also asked where nothing answers
_ENCODED = 32  # texts at once
_MEASURED = 500  # questions held out, at most
_POSITIVE_WEIGHT = 2.0
_NOWHERE = -1e4
_DENSE = {
    "join": "attention.output.dense",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "join_norm": "attention.output.LayerNorm",
    "narrow_norm": "output.LayerNorm",
}
_INPUTS = ("query", "key", "value")
_STORED = {"inputs": "qkv", "join": "join", "widen": "widen", "narrow": "narrow"}


def main() -> None:
    """Parse, train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="+", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--passes", type=int, default=4)
    options = parser.parse_args()
    torch.manual_seed(_SEED)
    rng = random.Random(_SEED)
    found = examples(options.suites, options.home, seed=_SEED)
    weights = packaged_weights(READER_MODEL)
    model = ReaderModel(weights.tensors())
    if options.start:
        with np.load(options.start, allow_pickle=False) as stored:
            model.go_on_from(dict(stored))
    grouped = _grouped(weights, found, rng)
    learnt = [group for group in grouped if not group[0].held_out]
    learnt = [group for group in learnt if rng.random() < _TAKEN.get(group[0].suite, 1.0)]
    learnt += [e for e in map(_emptied, learnt) if e and rng.random() < _EMPTIED]
    kept = [group for group in grouped if group[0].held_out]
    kept = rng.sample(kept, min(len(kept), _MEASURED))
    model.encode([window for group in (*learnt, *kept) for window in group], weights)
    print(f"{len(learnt)} examples to learn from, {len(kept)} held out", flush=True)
    if options.start:
        _measure(model, kept)
    plan = [batch for _ in range(options.passes) for batch in _batches(learnt, rng)]
    heads = [*model.sentence.parameters(), *model.edge.parameters(), model.marks]
    upper = list(model.layers[_SPLIT:].parameters())
    optimiser = torch.optim.AdamW(
        [{"params": upper, "lr": _RATE}, {"params": heads, "lr": _HEADS_RATE}], weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: min(1.0, 20 * (n + 1) / len(plan)) * max(0.02, 1 - n / len(plan))
    )
    for n, batch in enumerate(plan, start=1):
        loss = _loss(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*upper, *heads], 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        if n % 50 == 0:
            print(f"{n} of {len(plan)}, loss {float(loss.detach()):.3f}", flush=True)
        if n % (len(plan) // options.passes) == 0:
            _measure(model, kept)
            np.savez_compressed(options.out, **model.stored())


class Layer(nn.Module):
    """One layer of a BERT encoder."""

    def __init__(self, tensors: Tensors, number: int) -> None:
        super().__init__()
        prefix = f"encoder.layer.{number}."
        inputs = [f"{prefix}attention.self.{part}" for part in _INPUTS]
        self.inputs = _linear(
            *(
                np.concatenate([tensors[f"{n}.{kind}"] for n in inputs])
                for kind in ("weight", "bias")
            )
        )
        dimension = self.inputs.in_features
        for name, source in _DENSE.items():
            weight, bias = (tensors[f"{prefix}{source}.{kind}"] for kind in ("weight", "bias"))
            made = _norm(weight, bias) if name.endswith("norm") else _linear(weight, bias)
            setattr(self, name, made)
        self._heads = _MODEL.heads
        self._size = dimension // _MODEL.heads

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """States (n, tokens, dimension); ``present`` (n, 1, 1, tokens) is false for padding."""
        n, tokens, dimension = states.shape
        drop = _DROPOUT if self.training else 0.0
        parts = self.inputs(states).view(n, tokens, 3, self._heads, self._size)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=present, dropout_p=drop
        )
        seen = seen.transpose(1, 2).reshape(n, tokens, dimension)
        states = self.join_norm(states + functional.dropout(self.join(seen), drop))
        wide = functional.gelu(self.widen(states))
        out: Tensor = self.narrow_norm(states + functional.dropout(self.narrow(wide), drop))
        return out


@dataclass(frozen=True, slots=True)
class Window:
    """The ids of a question and of some whole sentences of a passage, with a range for each."""

    suite: str
    question: tuple[int, ...]
    passage: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]
    labels: tuple[int, ...]
    answer: tuple[int, int] | None
    held_out: bool

    def without_answers(self) -> Window:
        """The window without the sentences that answer or may."""
        kept = [i for i, label in enumerate(self.labels) if label == 0]
        parts = [self.passage[slice(*self.ranges[i])] for i in kept]
        head, end = self.passage[: self.ranges[0][0]], self.passage[-1:]
        return replace(
            self,
            passage=(*head, *chain.from_iterable(parts), *end),
            ranges=tuple(pairwise(accumulate(map(len, parts), initial=len(head)))),
            labels=(0,) * len(kept),
            answer=None,
        )


Group = list[Window]
"""The windows that are read for one question."""


class ReaderModel(nn.Module):
    """The encoder with the heads, in 32 bits.

    It keeps the states of the texts that :meth:`encode` was given after the layers that stay.
    """

    def __init__(self, tensors: Tensors) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(tensors, i) for i in range(_LAYERS))
        segment = tensors["embeddings.token_type_embeddings.weight"][0]
        places = tensors["embeddings.position_embeddings.weight"] + segment
        self.register_buffer("places", torch.tensor(places))
        norm = "embeddings.LayerNorm."
        self.norm = _norm(tensors[norm + "weight"], tensors[norm + "bias"])
        dimension = places.shape[1]
        self.marks = nn.Parameter(torch.zeros(2, dimension))
        self.sentence = nn.Sequential(
            nn.Linear(2 * dimension, dimension), nn.GELU(), nn.Linear(dimension, 1)
        )
        self.edge = nn.Linear(dimension, 2)
        self._states: dict[tuple[int, ...], Tensor] = {}

    @torch.no_grad()
    def encode(self, batch: Iterable[Window], weights: Weights) -> None:
        """Compute the states of these texts, of each once."""
        self.eval()
        texts = {ids for window in batch for ids in (window.question, window.passage)}
        order = sorted(texts, key=len)
        for start in range(0, len(order), _ENCODED):
            some = order[start : start + _ENCODED]
            words, present = _padded([torch.tensor(weights.words(list(ids))) for ids in some])
            states = self.norm(words + self.places[: words.shape[1]])
            for layer in self.layers[:_SPLIT]:
                states = layer(states, present[:, None, None, :])
            for ids, row in zip(some, states, strict=True):
                self._states[ids] = row[: len(ids)].half()
        self.train()

    def forward(self, batch: Sequence[Window]) -> tuple[Tensor, Tensor]:
        """Logits of sentences (n, sentences) and of the words' edges (n, tokens, 2)."""
        asked, is_asked = _padded([self._states[item.question] for item in batch])
        text, is_text = _padded([self._states[item.passage] for item in batch])
        states = torch.cat([asked + self.marks[0], text + self.marks[1]], dim=1)
        present = torch.cat([is_asked, is_text], dim=1)[:, None, None, :]
        for layer in self.layers[_SPLIT:]:
            states = layer(states, present)
        read = states[:, asked.shape[1] :]
        pool = torch.zeros(len(batch), max(len(i.ranges) for i in batch), read.shape[1])
        for rows, item in zip(pool, batch, strict=True):
            for row, (start, end) in zip(rows, item.ranges, strict=False):
                row[start:end] = 1 / max(1, end - start)
        means = pool @ read
        begins = states[:, :1].expand(-1, means.shape[1], -1)
        scores = self.sentence(torch.cat([means, begins], dim=2))[..., 0]
        return scores, self.edge(read).masked_fill(~is_text[..., None], _NOWHERE)

    @torch.no_grad()
    def go_on_from(self, stored: Tensors) -> None:
        """Take the weights that :meth:`stored` gave; what 8 bits lost stays lost."""
        for i in range(_SPLIT, _LAYERS):
            layer = self.layers[i]
            for part, name in _STORED.items():
                dense = getattr(layer, part)
                matrix = stored[f"{name}{i}"].astype(np.float32) * stored[f"{name}_scale{i}"]
                dense.weight.copy_(torch.tensor(matrix.T))
                dense.bias.copy_(torch.tensor(stored[f"{name}_bias{i}"]))
            for name in ("join", "narrow"):
                norm = getattr(layer, f"{name}_norm")
                norm.weight.copy_(torch.tensor(stored[f"{name}_gain{i}"]))
                norm.bias.copy_(torch.tensor(stored[f"{name}_shift{i}"]))
        marks = np.stack([stored["question_mark"], stored["passage_mark"]])
        self.marks.copy_(torch.tensor(marks.reshape(self.marks.shape)))
        for name, head in self._heads().items():
            head.weight.copy_(torch.tensor(stored[name].T.copy()))
            head.bias.copy_(torch.tensor(stored[f"{name}_bias"]))

    def _heads(self) -> dict[str, nn.Linear]:
        return {"hidden": self.sentence[0], "score": self.sentence[2], "edge": self.edge}

    def stored(self) -> dict[str, np.ndarray]:
        """What ``rag/reader.py`` loads."""
        named: Tensors = {}
        for i in range(_SPLIT, _LAYERS):
            layer, prefix = self.layers[i], f"encoder.layer.{i}."
            for kind in ("weight", "bias"):
                parts = np.split(_array(getattr(layer.inputs, kind)), len(_INPUTS))
                for part, values in zip(_INPUTS, parts, strict=True):
                    named[f"{prefix}attention.self.{part}.{kind}"] = values
                for name, source in _DENSE.items():
                    named[f"{prefix}{source}.{kind}"] = _array(getattr(getattr(layer, name), kind))
        question, passage = _array(self.marks)
        out = quantised_layers(named, range(_SPLIT, _LAYERS))
        out |= {"question_mark": question, "passage_mark": passage}
        for name, head in self._heads().items():
            out |= {name: _array(head.weight).T.copy(), f"{name}_bias": _array(head.bias)}
        return out


def _grouped(weights: Weights, found: Sequence[Example], rng: random.Random) -> list[Group]:
    """For each question some of its windows: those that answer first, then others by chance."""
    by_question: dict[tuple[str, str], Group] = defaultdict(list)
    for example in found:
        by_question[example.suite, example.question] += _windows(weights, example)
    groups = []
    for windows_found in by_question.values():
        rng.shuffle(windows_found)
        positive = [w for w in windows_found if 1 in w.labels][:_MAX_POSITIVE]
        others = [w for w in windows_found if 1 not in w.labels]
        groups.append((positive + others)[:_WINDOWS])
    return groups


def _emptied(group: Group) -> Group | None:
    """The windows without the sentences that answer or may; None where nothing is changed."""
    if not any(1 in window.labels for window in group):
        return None
    emptied = [window.without_answers() for window in group]
    return [window for window in emptied if window.labels]


def _windows(weights: Weights, example: Example) -> Iterator[Window]:
    asked = question_ids(weights, example.question)
    first = 0
    for window in windows(weights, Passage(example.title, example.sentences)):
        answer = None
        at, start, after = example.answer or (-1, 0, 0)
        if first <= at < first + len(window.sentences):
            pieces = window.sentences[at - first]
            inside = [n for n, (_, a, b) in enumerate(pieces) if a < after and b > start]
            offset = window.ranges[at - first][0]
            answer = (offset + inside[0], offset + inside[-1]) if inside else None
        yield Window(
            suite=example.suite,
            question=tuple(asked),
            passage=tuple(window.ids),
            ranges=tuple(window.ranges),
            labels=example.labels[first : first + len(window.sentences)],
            answer=answer,
            held_out=example.held_out,
        )
        first += len(window.sentences)


def _batches(groups: Sequence[Group], rng: random.Random) -> list[list[Group]]:
    """All questions by chance, those with texts of like length together."""
    order = rng.sample(list(groups), len(groups))
    blocks = [order[i : i + 30 * _BATCH] for i in range(0, len(order), 30 * _BATCH)]
    batches = []
    for block in blocks:
        block.sort(key=lambda group: max(len(item.passage) for item in group))
        batches += [block[i : i + _BATCH] for i in range(0, len(block), _BATCH)]
    rng.shuffle(batches)
    return batches


def _loss(model: ReaderModel, batch: Sequence[Group]) -> Tensor:
    rows = zip(*model([item for group in batch for item in group]), strict=True)
    total = torch.zeros(())
    for group in batch:
        own, wanted = [], []
        for item, (row, edge) in zip(group, rows, strict=False):
            labels = torch.tensor(item.labels)
            own.append(row[: len(labels)][labels >= 0])
            wanted.append((labels == 1)[labels >= 0])
            for logits, place in zip(edge.T, item.answer or (), strict=False):
                total = total + 0.5 * functional.cross_entropy(logits, torch.tensor(place))
        logits, answers = torch.cat(own), torch.cat(wanted)
        weight = 1 + (_POSITIVE_WEIGHT - 1) * answers
        total = total + 0.35 * functional.binary_cross_entropy_with_logits(
            logits, answers.float(), weight=weight, reduction="sum"
        )
        none = torch.zeros(1)
        right = logits[answers] if answers.any() else none
        total = total + torch.logsumexp(torch.cat([logits, none]), 0) - torch.logsumexp(right, 0)
    return total / len(batch)


@torch.no_grad()
def _measure(model: ReaderModel, groups: Sequence[Group]) -> None:
    """Of each suite: right sentence first among the windows, exact words, AUROC of the best."""
    model.eval()
    first: dict[str, list[bool]] = defaultdict(list)
    exact: dict[str, list[bool]] = defaultdict(list)
    best: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for group in groups:
        scores, edges = model(group)
        suite = group[0].suite
        labels = [label for item in group for label in item.labels]
        logits = torch.cat([r[: len(i.labels)] for i, r in zip(group, scores, strict=True)])
        best[suite].append((float(logits.max()), 1 in labels))
        if 1 in labels:
            first[suite].append(labels[int(logits.argmax())] == 1)
        for item, edge in zip(group, edges, strict=True):
            if item.answer is not None:
                begin = int(edge[:, 0].argmax())
                end = begin + int(edge[begin:, 1].argmax())
                exact[suite].append((begin, end) == item.answer)
    for suite, pairs in best.items():
        tops, answerable = (np.array(column) for column in zip(*pairs, strict=True))
        print(
            f"  {suite}: {len(pairs)}, right sentence {np.mean(first[suite] or [0]):.3f}, "
            f"exact words {np.mean(exact[suite] or [0]):.3f}, "
            f"AUROC {auroc(tops, answerable):.3f}",
            flush=True,
        )
    model.train()


def _padded(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Rows (tokens, dimension) as one tensor, and which of its places are taken."""
    lengths = torch.tensor([len(row) for row in rows])
    padded = nn.utils.rnn.pad_sequence([row.float() for row in rows], batch_first=True)
    return padded, torch.arange(padded.shape[1]) < lengths[:, None]


def _linear(weight: np.ndarray, bias: np.ndarray) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight, made.bias = _parameter(weight), _parameter(bias)
    return made


def _norm(weight: np.ndarray, bias: np.ndarray) -> nn.LayerNorm:
    made = nn.LayerNorm(len(weight), eps=1e-12)
    made.weight, made.bias = _parameter(weight), _parameter(bias)
    return made


def _parameter(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.tensor(np.array(values, dtype=np.float32)))


def _array(values: Tensor) -> np.ndarray:
    return np.ascontiguousarray(values.detach().numpy(), dtype=np.float32)


if __name__ == "__main__":
    main()
