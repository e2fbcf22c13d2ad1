"""BERT encoders as ONNX graphs with 8-bit matrices, made from their weights in memory.

One takes the word embeddings of one text, without padding, and gives the mean of its last hidden
states as a unit vector; two others read a passage with a question in mind. They are written in the
operators that onnxruntime would fuse an exported BERT into, so that neither torch nor an exporter
is needed. Nothing is stored here.

Matrices are int8 with a scale for each column, in 7 bits: with all 8 bits, processors that have
AVX2 but not VNNI saturate their 16-bit sums, and vectors would be worse there. So integer sums are
the same on every processor; a softmax in float32 may differ in the last bit, which the next
quantisation can turn into a whole step (docs/evaluation.md). Activations are quantised by their
range in this one text, so a vector depends on its text alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx.parser
from onnx import numpy_helper

from index.embedding.weights import Tensors
from index.telemetry import silence_onnxruntime

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
_LOWER = """<ir_version: 8, opset_import: ["": 18, "com.microsoft": 1]>
lower (float[1, tokens, dimension] words) => (float[1, tokens, dimension] x{n}) {{
    zero = Constant <value_ints = [0]> ()
{encoder}
}}"""
_UPPER = """<ir_version: 8, opset_import: ["": 18, "com.microsoft": 1]>
upper (float[1, asked, dimension] question, float[1, tokens, dimension] passage,
       float[1, asked, 1] question_shared, float[1, tokens, 1] passage_shared,
       float[1, sentences, tokens] pool)
    => (float[1, sentences, 1] scores, float[1, tokens, 2] edges) {{
    zero = Constant <value_ints = [0]> ()
    marked_question = Add (question, question_mark)
    marked_passage = Add (passage, passage_mark)
    marks_question = Mul (question_shared, question_shared_mark)
    marks_passage = Mul (passage_shared, passage_shared_mark)
    all_question = Add (marked_question, marks_question)
    all_passage = Add (marked_passage, marks_passage)
    x{split} = Concat <axis = 1> (all_question, all_passage)
{upper}
    one = Constant <value_ints = [1]> ()
    last = Constant <value_ints = [9223372036854775807]> ()
    asked_length = Shape <start = 1, end = 2> (question)
    begin = Slice (x{n}, zero, one, one)
    read = Slice (x{n}, asked_length, last, one)
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
_EMBED = """
    length = Shape <start = 1, end = 2> (words)
    places = Slice (positions, zero, length, zero)
    sum = Add (words, places)
    x0 = LayerNormalization <epsilon = 1e-12> (sum, gain, shift)
"""
_LAYER = """
    a{i}, a_scale{i}, a_zero{i} = DynamicQuantizeLinear (x{i})
    b{i} = com.microsoft.QAttention <num_heads = {heads}> (
        a{i}, qkv{i}, qkv_bias{i}, a_scale{i}, qkv_scale{i}, "", a_zero{i})
    c{i} = com.microsoft.DynamicQuantizeMatMul (b{i}, join{i}, join_scale{i})
    d{i} = com.microsoft.SkipLayerNormalization <epsilon = 1e-12> (
        c{i}, x{i}, join_gain{i}, join_shift{i}, join_bias{i})
    e{i} = com.microsoft.DynamicQuantizeMatMul (d{i}, widen{i}, widen_scale{i})
    f{i} = com.microsoft.BiasGelu (e{i}, widen_bias{i})
    g{i} = com.microsoft.DynamicQuantizeMatMul (f{i}, narrow{i}, narrow_scale{i})
    x{j} = com.microsoft.SkipLayerNormalization <epsilon = 1e-12> (
        g{i}, d{i}, narrow_gain{i}, narrow_shift{i}, narrow_bias{i})
"""


def quantised_bert(tensors: Tensors, *, heads: int) -> bytes:
    """A serialised model: ``words`` (1, tokens, dimension) to ``vector`` (1, dimension), float32.

    ``tensors`` are those of a BERT with absolute positions and the erf GELU.
    """
    n = sum(name.endswith("intermediate.dense.bias") for name in tensors)
    graph = _VECTOR.format(encoder=_EMBED + _layers(range(n), heads), n=n)
    return _serialised(graph, _embeddings(tensors) | quantised_layers(tensors, range(n)))


def quantised_reader(tensors: Tensors, trained: Tensors, *, heads: int) -> tuple[bytes, bytes]:
    """Two serialised models that read a passage with a question in mind.

    The lower one takes ``words`` (1, tokens, dimension) of either text through the lower layers of
    ``tensors``, alone; the upper one takes what came of ``question`` (1, asked, dimension) and
    ``passage`` (1, tokens, dimension) together through the trained layers (the split of DeFormer,
    Cao et al. 2020). ``question_shared`` (1, asked, 1) and ``passage_shared`` (1, tokens, 1) are 1
    for tokens that the other text has too, else 0 (the exact match of Chen et al. 2017).
    ``pool`` (1, sentences, tokens) has the mean of each sentence in its rows.
    ``scores`` (1, sentences, 1) are logits that a sentence answers; ``edges`` (1, tokens, 2)
    logits that the answer begins and ends at a token of the passage.

    ``trained`` holds :func:`quantised_layers`, "question_mark" and "passage_mark" that tell the
    texts apart, "question_shared_mark" and "passage_shared_mark" of shared tokens, and the matrices
    and biases "hidden", "score" and "edge" of the two heads.
    """
    numbers = [int(name[3:]) for name in trained if name[:3] == "qkv" and name[3:].isdigit()]
    split, n = min(numbers), max(numbers) + 1
    lower = _LOWER.format(encoder=_EMBED + _layers(range(split), heads), n=split)
    upper = _UPPER.format(upper=_layers(range(split, n), heads), split=split, n=n)
    below = _embeddings(tensors) | quantised_layers(tensors, range(split))
    return _serialised(lower, below), _serialised(upper, trained)


def quantised_layers(tensors: Tensors, numbers: Iterable[int]) -> Tensors:
    """The constants of these layers of a BERT: int8 matrices, their scales, float32 the rest."""
    return {
        f"{name}{i}": value
        for i in numbers
        for name, value in _layer(tensors, f"encoder.layer.{i}.").items()
    }


def load_session(model: bytes) -> Any:
    """A serialised model on onnxruntime, one thread; several threads may run it at once."""
    silence_onnxruntime()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # A plan of the memory for each length of text costs 30 MB and saves no time.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _layers(numbers: Iterable[int], heads: int) -> str:
    return "".join(_LAYER.format(i=i, j=i + 1, heads=heads) for i in numbers)


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
