"""Train the reader's upper layers and heads; writes a file like ``rag/models/reader.npz``.

    python training/train.py --data OUT_OF_PREPARE --run DIR --steps N [--start NPZ] [--resume]

It starts from the packaged model, from a written file, or from another run's folder. The layers
below ``--split`` of the packaged multilingual model stay as they are; what they make of a text is
computed once, in the 8 bits that the product runs them in, and lies on disk in 16 bits. The layers
above read question and passage together (DeFormer, Cao et al. 2020). Each sentence gets a logit: by
binary cross-entropy, and against all sentences of the windows of its question and none of them (the
shared normalisation of Clark and Gardner 2018). The words of the answer get one for begin and end.
A mean of the weights over the last steps is what is written and measured.

A checkpoint is written to the folder of the run every few minutes; with ``--resume`` the run goes
on from it, on another machine too, through the same batches in the same order. ``log.jsonl``
holds the loss and the held-out measures.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from claims import NEITHER, NO, NOT_YES, YES
from torch import Tensor, nn
from torch.nn import functional

from eval.measures import auroc
from index.embedding.models import EMBEDDING_MODELS
from index.embedding.onnx import load_session, quantised_layers, quantised_reader
from index.embedding.packaged import packaged_weights
from index.embedding.weights import Tensors, Weights
from index.processors import available_processors
from rag.reader import READER_MODEL, shared

_MODEL = EMBEDDING_MODELS[READER_MODEL]
SPLIT = 6  # the first layer that is trained in the reader that ships
_LAYERS = 12
_BATCH_TOKENS = 2_000  # of windows and questions together
_RATE = 1.5e-4  # of the layers; of the heads four times as much
_WARM_UP = 0.04
_DROPOUT = 0.1
_DROPPED = 1 << 22  # places of the stock of a layer
_MEAN = 0.998  # of the weights over the last steps
_MEASURED = 60  # groups of a set, at most
_CHECKPOINT_S = 240
_MEASURE_STEPS = 1000
_POSITIVE_WEIGHT = 2.0
_NOWHERE = -1e4
_OPEN_WEIGHT = 0.1
_HAS_BF16 = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
_DENSE = {
    "join": "attention.output.dense",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "join_norm": "attention.output.LayerNorm",
    "narrow_norm": "output.LayerNorm",
}
_MARKS = ("question_mark", "passage_mark", "question_shared_mark", "passage_shared_mark")
_INPUTS = ("query", "key", "value")
_STORED = {"inputs": "qkv", "join": "join", "widen": "widen", "narrow": "narrow"}

Ids = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The ids of a passage with a range, a label for each sentence, and the answer's edges."""

    question: Ids
    passage: Ids
    ranges: tuple[tuple[int, int], ...]
    labels: tuple[int, ...]
    answer: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Group:
    """The windows that are read for one question, and their stance (training/claims.py)."""

    set: str
    held_out: bool
    windows: tuple[Window, ...]
    stance: int | None

    @property
    def tokens(self) -> int:
        """How many ids are read, padding included."""
        longest = max(len(w.passage) + len(w.question) for w in self.windows)
        return longest * len(self.windows)


def main() -> None:
    """Parse, train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--rate", type=float, default=_RATE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", type=int, default=SPLIT, help="the first layer that is trained")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    options.run.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(available_processors())
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    groups = [_group(line) for line in (options.data / "groups.jsonl").open(encoding="utf-8")]
    plan = _plan([g for g in groups if not g.held_out], options.steps, rng)
    kept = _measured([g for g in groups if g.held_out], rng)
    weights = packaged_weights(READER_MODEL)
    model = ReaderModel(weights.tensors(), options.split)
    if options.start is not None and options.start.is_dir():
        state = torch.load(options.start / "checkpoint.pt", weights_only=True)
        model.load_state_dict(state["mean"])
    elif options.start:
        with np.load(options.start, allow_pickle=False) as stored:
            model.go_on_from(dict(stored))
    texts = States(weights, model.stored(), options.data / f"states{options.split}")
    texts.compute([g for batch in plan for g in batch] + kept)
    _train(model, plan, kept, texts, options)


def _train(
    model: ReaderModel,
    plan: Sequence[Sequence[Group]],
    kept: Sequence[Group],
    texts: States,
    options: argparse.Namespace,
) -> None:
    heads = [p for head in (model.sentence, model.edge, model.stance) for p in head.parameters()]
    heads.append(model.marks)
    upper = list(model.layers.parameters())
    optimiser = torch.optim.AdamW(
        [{"params": upper, "lr": options.rate}, {"params": heads, "lr": 4 * options.rate}],
        weight_decay=0.01,
        fused=True,
    )
    total = len(plan)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda n: min(1.0, (n + 1) / (_WARM_UP * total)) * max(0.02, 1 - n / total),
    )
    mean = copy.deepcopy(model).eval()
    done, file = 0, options.run / "checkpoint.pt"
    if options.resume and file.is_file():
        saved = torch.load(file, weights_only=True)
        model.load_state_dict(saved["model"])
        mean.load_state_dict(saved["mean"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        done = saved["done"]
    log = (options.run / "log.jsonl").open("a", encoding="utf-8")

    def say(**values: object) -> None:
        print(json.dumps(values), file=log, flush=True)

    def save() -> None:
        state = {"model": model.state_dict(), "mean": mean.state_dict(), "done": done}
        state |= {"optimiser": optimiser.state_dict(), "schedule": schedule.state_dict()}
        torch.save(state, file.with_suffix(".new"))
        file.with_suffix(".new").replace(file)
        np.savez_compressed(options.run / "reader.npz", **mean.stored())  # type: ignore[arg-type]

    if not done:
        say(step=0, **_measure(mean, kept, texts))
    saved_at, losses = time.monotonic(), []
    model.train()
    for batch in plan[done:]:
        with torch.autocast("cpu", torch.bfloat16, enabled=_HAS_BF16):
            loss = _loss(model, batch, texts)
        loss.backward()
        nn.utils.clip_grad_norm_([*upper, *heads], 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        done += 1
        share = min(_MEAN, done / (done + 10))
        with torch.no_grad():
            for own, new in zip(mean.parameters(), model.parameters(), strict=True):
                own.lerp_(new, 1 - share)
        losses.append(float(loss.detach()))
        if done % 50 == 0:
            say(step=done, of=total, loss=round(sum(losses) / len(losses), 4), at=int(time.time()))
            losses = []
        if done % _MEASURE_STEPS == 0 or done == total:
            say(step=done, **_measure(mean, kept, texts))
        if time.monotonic() - saved_at > _CHECKPOINT_S or done == total:
            save()
            saved_at = time.monotonic()


def _group(line: str) -> Group:
    values = json.loads(line)
    question = tuple(values["question"])
    windows = [
        Window(
            question=question,
            passage=tuple(w["ids"]),
            ranges=tuple((a, b) for a, b in w["ranges"]),
            labels=tuple(w["labels"]),
            answer=tuple(w["answer"]) if w["answer"] else None,
        )
        for w in values["windows"]
    ]
    return Group(values["set"], values["held_out"], tuple(windows), values["stance"])


def _plan(groups: Sequence[Group], steps: int, rng: random.Random) -> list[list[Group]]:
    """Batches of about as many tokens each, of texts of like length, in an order by chance."""
    plan: list[list[Group]] = []
    while len(plan) < steps:
        order = rng.sample(list(groups), len(groups))
        batches: list[list[Group]] = []
        for start in range(0, len(order), 400):
            block = sorted(order[start : start + 400], key=lambda g: g.tokens / len(g.windows))
            batch: list[Group] = []
            for group in block:
                longest = max((g.tokens / len(g.windows) for g in [*batch, group]), default=0)
                if batch and longest * sum(len(g.windows) for g in [*batch, group]) > _BATCH_TOKENS:
                    batches.append(batch)
                    batch = []
                batch.append(group)
            batches.append(batch)
            if len(plan) + len(batches) >= steps:
                break
        rng.shuffle(batches)
        plan += batches
    return plan[:steps]


def _measured(groups: Sequence[Group], rng: random.Random) -> list[Group]:
    """Those that are measured: at most so many of a set, and half of the small sets."""
    by_set: dict[str, list[Group]] = defaultdict(list)
    for group in rng.sample(list(groups), len(groups)):
        by_set[group.set].append(group)
    return [g for some in by_set.values() for g in some[: min(_MEASURED, (len(some) + 1) // 2)]]


class States:
    """What the lower layers make of texts: computed once in 8 bits, kept on disk in 16 bits.

    A file holds the rows of all texts, one after the other, the file beside it their ids.
    """

    def __init__(self, weights: Weights, trained: Tensors, stem: Path) -> None:
        lower, _ = quantised_reader(weights.tensors(), trained, heads=_MODEL.heads)
        self._session = load_session(lower)
        self._weights = weights
        self._rows_file, self._ids_file = stem.with_suffix(".f16"), stem.with_suffix(".npz")
        self._places: dict[Ids, int] = {}
        self._rows: np.memmap | None = None
        if self._ids_file.is_file():
            with np.load(self._ids_file) as stored:
                ids, lengths = stored["ids"].tolist(), stored["lengths"].tolist()
            at = 0
            for length in lengths:
                self._places[tuple(ids[at : at + length])] = at
                at += length

    def compute(self, groups: Iterable[Group]) -> None:
        """Compute the states of all texts of these groups that are not on disk yet."""
        texts = dict.fromkeys(
            ids for g in groups for w in g.windows for ids in (w.question, w.passage)
        )
        missing = [ids for ids in texts if ids not in self._places]
        print(f"{len(texts)} texts, {len(missing)} to compute", flush=True)
        with self._rows_file.open("ab") as file, ThreadPoolExecutor(2) as pool:
            at = sum(map(len, self._places))
            file.truncate(2 * at * _MODEL.dimension)
            for ids, states in zip(missing, pool.map(self._states, missing), strict=True):
                file.write(states.tobytes())
                self._places[ids] = at
                at += len(ids)
        every = list(self._places)
        np.savez(
            self._ids_file,
            ids=np.array([i for ids in every for i in ids], np.int32),
            lengths=np.array([len(ids) for ids in every], np.int32),
        )
        shape = (at, _MODEL.dimension)
        self._rows = np.memmap(self._rows_file, np.float16, "r", shape=shape)

    def _states(self, ids: Ids) -> np.ndarray:
        found = self._session.run(None, {"words": self._weights.words(ids)[None]})[0][0]
        return np.asarray(found, dtype=np.float16)

    def of(self, ids: Ids) -> Tensor:
        """The states of a text, shape (tokens, dimension)."""
        assert self._rows is not None
        at = self._places[ids]
        return torch.from_numpy(self._rows[at : at + len(ids)].astype(np.float32))


class Layer(nn.Module):
    """One layer of a BERT encoder."""

    join: nn.Linear
    join_norm: nn.LayerNorm
    widen: nn.Linear
    narrow: nn.Linear
    narrow_norm: nn.LayerNorm

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
        self._kept = (torch.rand(_DROPPED) >= _DROPOUT).to(torch.bfloat16) / (1 - _DROPOUT)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """States (n, tokens, dimension); ``present`` (n, 1, 1, tokens) is false for padding."""
        n, tokens, dimension = states.shape
        drop = self._drop if self.training else nn.Identity()
        parts = self.inputs(states).view(n, tokens, 3, self._heads, self._size)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        # The library's own attention takes 40 % of a step in its backward pass on a processor.
        scores = (query * self._size**-0.5) @ key.transpose(2, 3)
        unseen = torch.zeros_like(present, dtype=scores.dtype).masked_fill(~present, _NOWHERE)
        seen = (scores + unseen).softmax(3).to(value.dtype) @ value
        seen = seen.transpose(1, 2).reshape(n, tokens, dimension)
        states = self.join_norm(states + drop(self.join(seen)))
        wide = functional.gelu(self.widen(states))
        out: Tensor = self.narrow_norm(states + drop(self.narrow(wide)))
        return out

    def _drop(self, states: Tensor) -> Tensor:
        """Dropout whose places are cut at random out of a stock: drawing them takes 10 %."""
        at = int(torch.randint(len(self._kept) - states.numel(), ()))
        kept = self._kept[at : at + states.numel()].view(states.shape)
        return states * kept.to(states.dtype)


class ReaderModel(nn.Module):
    """The upper layers with the heads, in 32 bits."""

    def __init__(self, tensors: Tensors, split: int) -> None:
        super().__init__()
        self.numbers = range(split, _LAYERS)
        self.layers = nn.ModuleList(Layer(tensors, i) for i in self.numbers)
        dimension = _MODEL.dimension
        self.marks = nn.Parameter(torch.zeros(len(_MARKS), dimension))
        self.sentence = nn.Sequential(
            nn.Linear(2 * dimension, dimension), nn.GELU(), nn.Linear(dimension, 1)
        )
        self.edge = nn.Linear(dimension, 2)
        self.stance = nn.Sequential(
            nn.Linear(dimension, dimension), nn.GELU(), nn.Linear(dimension, 3)
        )

    def forward(self, batch: Sequence[Window], texts: States) -> tuple[Tensor, ...]:
        """Logits of sentences (n, sentences), the words' edges (n, tokens, 2), stances (n, 3)."""
        asked, is_asked = _padded([texts.of(item.question) for item in batch])
        text, is_text = _padded([texts.of(item.passage) for item in batch])
        both = [(item.question, item.passage) for item in batch]
        asked_shared, _ = _padded([torch.from_numpy(shared(a, b)) for a, b in both])
        text_shared, _ = _padded([torch.from_numpy(shared(b, a)) for a, b in both])
        asked = asked + self.marks[0] + asked_shared[..., None] * self.marks[2]
        text = text + self.marks[1] + text_shared[..., None] * self.marks[3]
        states = torch.cat([asked, text], dim=1)
        present = torch.cat([is_asked, is_text], dim=1)[:, None, None, :]
        for layer in self.layers:
            states = layer(states, present)
        read = states[:, asked.shape[1] :]
        pool = torch.zeros(len(batch), max(len(i.ranges) for i in batch), read.shape[1])
        for rows, item in zip(pool, batch, strict=True):
            for row, (start, end) in zip(rows, item.ranges, strict=False):
                row[start:end] = 1 / max(1, end - start)
        means = pool @ read
        begins = states[:, :1].expand(-1, means.shape[1], -1)
        scores = self.sentence(torch.cat([means, begins], dim=2))[..., 0].float()
        edges = self.edge(read).float().masked_fill(~is_text[..., None], _NOWHERE)
        return scores, edges, self.stance(states[:, 0]).float()

    @torch.no_grad()
    def go_on_from(self, stored: Tensors) -> None:
        """Take the weights that :meth:`stored` gave; what 8 bits lost stays lost.

        Layers that are not in it stay those of the packaged model.
        """
        for i, layer in zip(self.numbers, self.layers, strict=True):
            if f"join{i}" not in stored:
                continue
            for part, name in _STORED.items():
                dense = getattr(layer, part)
                scale: Any = stored[f"{name}_scale{i}"]
                matrix = stored[f"{name}{i}"].astype(np.float32) * scale
                dense.weight.copy_(torch.tensor(matrix.T))
                dense.bias.copy_(torch.tensor(stored[f"{name}_bias{i}"]))
            for name in ("join", "narrow"):
                norm = getattr(layer, f"{name}_norm")
                norm.weight.copy_(torch.tensor(stored[f"{name}_gain{i}"]))
                norm.bias.copy_(torch.tensor(stored[f"{name}_shift{i}"]))
        self.marks.copy_(torch.tensor(np.stack([stored[name] for name in _MARKS])))
        for name, head in self._heads().items():
            head.weight.copy_(torch.tensor(stored[name].T.copy()))
            head.bias.copy_(torch.tensor(stored[f"{name}_bias"]))

    def _heads(self) -> dict[str, Any]:
        return {"hidden": self.sentence[0], "score": self.sentence[2], "edge": self.edge}

    def stored(self) -> dict[str, np.ndarray]:
        """What ``rag/reader.py`` loads: all but the head of stances, which is not good enough."""
        named: Tensors = {}
        for i, layer in zip(self.numbers, self.layers, strict=True):
            prefix = f"encoder.layer.{i}."
            for kind in ("weight", "bias"):
                parts = np.split(_array(getattr(layer.inputs, kind)), len(_INPUTS))
                for part, values in zip(_INPUTS, parts, strict=True):
                    named[f"{prefix}attention.self.{part}.{kind}"] = values
                for name, source in _DENSE.items():
                    named[f"{prefix}{source}.{kind}"] = _array(getattr(getattr(layer, name), kind))
        out = quantised_layers(named, self.numbers)
        out |= dict(zip(_MARKS, _array(self.marks), strict=True))
        for name, head in self._heads().items():
            out |= {name: _array(head.weight).T.copy(), f"{name}_bias": _array(head.bias)}
        return out


def _loss(model: ReaderModel, batch: Sequence[Group], texts: States) -> Tensor:
    rows = zip(*model([item for group in batch for item in group.windows], texts), strict=True)
    total = torch.zeros(())
    for group in batch:
        own, wanted = [], []
        for item, (row, edge, stances) in zip(group.windows, rows, strict=False):
            total = total + _stance_loss(stances, group)
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


def _stance_loss(stances: Tensor, group: Group) -> Tensor:
    """Of one window. Open questions are many, so each weighs little."""
    if group.stance is None:
        return torch.zeros(())
    if group.stance == NOT_YES:
        return torch.logsumexp(stances, 0) - torch.logsumexp(stances[[NEITHER, NO]], 0)
    loss = functional.cross_entropy(stances, torch.tensor(group.stance))
    return loss if max(group.windows[0].labels) < 0 else _OPEN_WEIGHT * loss


@torch.no_grad()
def _measure(model: ReaderModel, groups: Sequence[Group], texts: States) -> dict[str, object]:
    """Of each set: right sentence first among the windows, exact words, AUROC of the best."""
    first: dict[str, list[bool]] = defaultdict(list)
    exact: dict[str, list[bool]] = defaultdict(list)
    best: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    stance: dict[str, list[bool]] = defaultdict(list)
    for group in groups:
        scores, edges, stances = model(group.windows, texts)
        if group.stance is not None:
            said = int(stances[0].argmax())
            is_right = said != YES if group.stance == NOT_YES else said == group.stance
            stance[group.set].append(is_right)
        labels = [label for item in group.windows for label in item.labels]
        if max(labels) < 0:
            continue
        logits = torch.cat([r[: len(i.labels)] for i, r in zip(group.windows, scores, strict=True)])
        names = [group.set, "all"]
        for name in names:
            best[name].append((float(logits.max()), 1 in labels))
            if 1 in labels:
                first[name].append(labels[int(logits.argmax())] == 1)
            for item, edge in zip(group.windows, edges, strict=True):
                if item.answer is not None:
                    begin = int(edge[:, 0].argmax())
                    end = begin + int(edge[begin:, 1].argmax())
                    exact[name].append((begin, end) == item.answer)
    out: dict[str, object] = {}
    for name, pairs in best.items():
        tops, answerable = (np.array(column) for column in zip(*pairs, strict=True))
        out[name] = {
            "n": len(pairs),
            "sentence": round(float(np.mean(first[name] or [False])), 3),
            "exact": round(float(np.mean(exact[name] or [False])), 3),
            "auroc": round(auroc(tops, answerable), 3)
            if 0 < answerable.sum() < len(pairs)
            else None,
        }
    out["stance"] = {name: round(float(np.mean(right)), 3) for name, right in stance.items()}
    return out


def _padded(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Rows (tokens, dimension) as one tensor, and which of its places are taken."""
    lengths = torch.tensor([len(row) for row in rows])
    padded = nn.utils.rnn.pad_sequence(list(rows), batch_first=True)
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
