"""A BERT sentence encoder as an ONNX graph with 8-bit matrices, made from its weights in memory.

The graph takes the word embeddings of one text, without padding, and gives the mean of its last
hidden states as a unit vector. It is written in the operators that onnxruntime would fuse an
exported BERT into, so that neither torch nor an exporter is needed. Nothing is run or stored here.

Matrices are int8 with a scale for each column, in 7 bits: with all 8 bits, processors that have
AVX2 but not VNNI saturate their 16-bit sums, and vectors would be worse there. Activations are
quantised by their range in this one text, so a vector depends on its text alone.
"""

from __future__ import annotations

import numpy as np
import onnx.parser
from onnx import numpy_helper

from index.weights import Tensors

__all__ = ["quantised_bert"]

_LARGEST = 63  # of a 7-bit integer

_MODEL = """<ir_version: 8, opset_import: ["": 18, "com.microsoft": 1]>
bert (float[1, tokens, dimension] words) => (float[1, dimension] vector) {{
    zero = Constant <value_ints = [0]> ()
    one = Constant <value_ints = [1]> ()
    length = Shape <start = 1, end = 2> (words)
    places = Slice (positions, zero, length, zero)
    sum = Add (words, places)
    x0 = LayerNormalization <epsilon = 1e-12> (sum, gain, shift)
{layers}
    mean = ReduceMean <keepdims = 0> (x{n}, one)
    vector = LpNormalization (mean)
}}"""
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
    constants = _embeddings(tensors)
    for i in range(n):
        layer = _layer(tensors, f"encoder.layer.{i}.")
        constants |= {f"{name}{i}": value for name, value in layer.items()}
    layers = "".join(_LAYER.format(i=i, j=i + 1, heads=heads) for i in range(n))
    model = onnx.parser.parse_model(_MODEL.format(layers=layers, n=n))
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
