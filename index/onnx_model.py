"""BERT encoders as ONNX graphs with 8-bit matrices, made from their weights in memory.

One takes the word embeddings of one text, without padding, and gives the mean of its last hidden
states as a unit vector; the other takes a question and a passage. They are written in the operators
that onnxruntime would fuse an exported BERT into, so that neither torch nor an exporter is needed.
Nothing is stored here.

Matrices are int8 with a scale for each column, in 7 bits: with all 8 bits, processors that have
AVX2 but not VNNI saturate their 16-bit sums, and vectors would be worse there. Activations are
quantised by their range in this one text, so a vector depends on its text alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx.parser
from onnx import numpy_helper

from index.weights import Tensors

__all__ = ["load_session", "quantised_bert", "quantised_layers", "quantised_reader"]

_LARGEST = 63  # of a 7-bit integer

_VECTOR = """<ir_version: 8, opset_import: ["": 18, "com.microsoft": 1]>
bert (float[1, tokens, dimension] words) => (float[1, dimension] vector) {{
    zero = Constant <value_ints = [0]> ()
    one = Constant <value_ints = [1]> ()
{encoder}
    mean = ReduceMean <keepdims = 0> (x{n}, one)
    vector = LpNormalization (mean)
}}"""
_READER = """<ir_version: 8, opset_import: ["": 18, "com.microsoft": 1]>
reader (float[1, asked, dimension] question, float[1, tokens, dimension] passage,
        float[1, sentences, tokens] pool)
    => (float[1, sentences, 1] scores, float[1, tokens, 2] edges) {{
    zero = Constant <value_ints = [0]> ()
{question}{passage}
    marked_question = Add (question_x{split}, question_mark)
    marked_passage = Add (passage_x{split}, passage_mark)
    x{split} = Concat <axis = 1> (marked_question, marked_passage)
{upper}
    one = Constant <value_ints = [1]> ()
    last = Constant <value_ints = [9223372036854775807]> ()
    begin = Slice (x{n}, zero, one, one)
    read = Slice (x{n}, question_length, last, one)
    pooled = MatMul (pool, read)
    shape = Shape (pooled)
    begins = Expand (begin, shape)
    seen = Concat <axis = 2> (pooled, begins)
    hidden_sum = MatMul (seen, hidden)
    hidden_all = Add (hidden_sum, hidden_bias)
    active = com.microsoft.Gelu (hidden_all)
    score_sum = MatMul (active, score)
    scores = Add (score_sum, score_bias)
    edge_sum = MatMul (read, edge)
    edges = Add (edge_sum, edge_bias)
}}"""
# What stands before the names of values keeps two texts apart; weights are shared.
_EMBED = """
    {p}length = Shape <start = 1, end = 2> ({words})
    {p}places = Slice (positions, zero, {p}length, zero)
    {p}sum = Add ({words}, {p}places)
    {p}x0 = LayerNormalization <epsilon = 1e-12> ({p}sum, gain, shift)
"""
_LAYER = """
    {p}a{i}, {p}a_scale{i}, {p}a_zero{i} = DynamicQuantizeLinear ({p}x{i})
    {p}b{i} = com.microsoft.QAttention <num_heads = {heads}> (
        {p}a{i}, qkv{i}, qkv_bias{i}, {p}a_scale{i}, qkv_scale{i}, "", {p}a_zero{i})
    {p}c{i} = com.microsoft.DynamicQuantizeMatMul ({p}b{i}, join{i}, join_scale{i})
    {p}d{i} = com.microsoft.SkipLayerNormalization <epsilon = 1e-12> (
        {p}c{i}, {p}x{i}, join_gain{i}, join_shift{i}, join_bias{i})
    {p}e{i} = com.microsoft.DynamicQuantizeMatMul ({p}d{i}, widen{i}, widen_scale{i})
    {p}f{i} = com.microsoft.BiasGelu ({p}e{i}, widen_bias{i})
    {p}g{i} = com.microsoft.DynamicQuantizeMatMul ({p}f{i}, narrow{i}, narrow_scale{i})
    {p}x{j} = com.microsoft.SkipLayerNormalization <epsilon = 1e-12> (
        {p}g{i}, {p}d{i}, narrow_gain{i}, narrow_shift{i}, narrow_bias{i})
"""


def quantised_bert(tensors: Tensors, *, heads: int) -> bytes:
    """A serialised model: ``words`` (1, tokens, dimension) to ``vector`` (1, dimension), float32.

    ``tensors`` are those of a BERT with absolute positions and the erf GELU.
    """
    n = sum(name.endswith("intermediate.dense.bias") for name in tensors)
    encoder = _EMBED.format(p="", words="words") + _layers(range(n), heads)
    graph = _VECTOR.format(encoder=encoder, n=n)
    return _serialised(graph, _embeddings(tensors) | quantised_layers(tensors, range(n)))


def quantised_reader(tensors: Tensors, trained: Tensors, *, heads: int) -> bytes:
    """A serialised model that reads a passage with a question in mind.

    ``question`` (1, asked, dimension) and ``passage`` (1, tokens, dimension) go through the lower
    layers of ``tensors`` alone and then together through the trained ones (the split of
    DeFormer, Cao et al. 2020). ``pool`` (1, sentences, tokens) has the mean of each sentence in
    its rows. ``scores`` (1, sentences, 1) are logits that a sentence answers; ``edges``
    (1, tokens, 2) logits that the answer begins and ends at a token of the passage.

    ``trained`` holds :func:`quantised_layers`, "question_mark" and "passage_mark" that tell the
    texts apart, and the matrices and biases "hidden", "score" and "edge" of the two heads.
    """
    numbers = [int(name[3:]) for name in trained if name[:3] == "qkv" and name[3:].isdigit()]
    split, n = min(numbers), max(numbers) + 1
    below = {
        text: _EMBED.format(p=f"{text}_", words=text) + _layers(range(split), heads, f"{text}_")
        for text in ("question", "passage")
    }
    together = _layers(range(split, n), heads)
    graph = _READER.format(**below, split=split, n=n, upper=together)
    lower = _embeddings(tensors) | quantised_layers(tensors, range(split))
    return _serialised(graph, lower | trained)


def quantised_layers(tensors: Tensors, numbers: Iterable[int]) -> Tensors:
    """The constants of these layers of a BERT: int8 matrices, their scales, float32 the rest."""
    return {
        f"{name}{i}": value
        for i in numbers
        for name, value in _layer(tensors, f"encoder.layer.{i}.").items()
    }


def load_session(model: bytes) -> Any:
    """A serialised model on onnxruntime, one thread; several threads may run it at once."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # A plan of the memory for each length of text costs 30 MB and saves no time.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _layers(numbers: Iterable[int], heads: int, prefix: str = "") -> str:
    return "".join(_LAYER.format(p=prefix, i=i, j=i + 1, heads=heads) for i in numbers)


def _serialised(graph: str, constants: Tensors) -> bytes:
    model = onnx.parser.parse_model(graph)
    model.graph.initializer.extend(numpy_helper.from_array(v, k) for k, v in constants.items())
    return bytes(model.SerializeToString())


def _embeddings(tensors: Tensors) -> Tensors:
    """Positions with the one segment added, and the first layer normalisation."""
    norm = "embeddings.LayerNorm."
    segment = tensors["embeddings.token_type_embeddings.weight"][0]
    return {
        "positions": tensors["embeddings.position_embeddings.weight"] + segment,
        "gain": tensors[norm + "weight"],
        "shift": tensors[norm + "bias"],
    }


def _layer(tensors: Tensors, layer: str) -> Tensors:
    inputs = [f"{layer}attention.self.{part}" for part in ("query", "key", "value")]
    out: Tensors = _dense(tensors, "qkv", *inputs)
    out |= _dense(tensors, "widen", layer + "intermediate.dense")
    for name, block in (("join", layer + "attention.output."), ("narrow", layer + "output.")):
        out |= _dense(tensors, name, block + "dense")
        out[f"{name}_gain"] = tensors[block + "LayerNorm.weight"]
        out[f"{name}_shift"] = tensors[block + "LayerNorm.bias"]
    return out


def _dense(tensors: Tensors, name: str, *sources: str) -> Tensors:
    """Dense layers side by side: the quantised matrix (in, out), a scale for each column, bias."""
    matrix = np.concatenate([tensors[f"{source}.weight"] for source in sources]).T
    scale = np.abs(matrix).max(axis=0) / _LARGEST
    return {
        name: np.rint(matrix / scale).astype(np.int8),
        f"{name}_scale": scale,
        f"{name}_bias": np.concatenate([tensors[f"{source}.bias"] for source in sources]),
    }
