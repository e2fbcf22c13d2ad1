"""The embedder: the real model, its promise that a vector depends on its text alone."""

from __future__ import annotations

import dataclasses
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.embedding import OnnxEmbedder, SentenceTransformerEmbedder
from index.errors import ModelError
from index.models import EMBEDDING_MODELS
from index.onnx_model import quantised_bert

NAME = "all-MiniLM-L6-v2"
MODEL = EMBEDDING_MODELS[NAME]
TEXTS = [
    "Who won the football match?",
    "The referee blew the whistle, and the home side had won by two goals to one.",
    "A currency swap is an agreement between two central banks. " * 12,
    "",
    " \n\t ",
    "naïve café, ИНДЕКС, 検索エンジン, \u202eright to left\u202c, 👩\u200d👧 and \x00 and \ufeff",
    "x" * 5000,
]


@pytest.fixture(scope="module")
def onnx() -> OnnxEmbedder:
    return OnnxEmbedder(NAME, threads=3)


@pytest.fixture(scope="module")
def vectors(onnx):
    return onnx.embed(TEXTS)


@pytest.fixture
def copied_model(tmp_path, monkeypatch) -> Path:
    """The model's folder in a package of another name, which `OnnxEmbedder("copy")` loads."""
    package = Path(importlib.util.find_spec(MODEL.package).origin).parent
    folder = tmp_path / "copied_model" / MODEL.folder
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    for name in ("model.safetensors", "tokenizer.json"):
        shutil.copy(package / MODEL.folder / name, folder)
    monkeypatch.syspath_prepend(tmp_path)
    copy = dataclasses.replace(MODEL, package="copied_model")
    monkeypatch.setitem(EMBEDDING_MODELS, "copy", copy)
    return folder


def test_vectors_are_float32_unit_rows_in_the_order_of_the_texts(onnx, vectors):
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), onnx.dimension), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_a_vector_does_not_depend_on_the_texts_around_it(onnx, vectors):
    alone = np.concatenate([onnx.embed([text]) for text in TEXTS])
    np.testing.assert_array_equal(alone, vectors)
    np.testing.assert_array_equal(onnx.embed(TEXTS[::-1])[::-1], vectors)
    np.testing.assert_array_equal(onnx.embed(TEXTS * 3), np.tile(vectors, (3, 1)))


def test_a_vector_does_not_depend_on_the_number_of_threads_or_the_session(vectors):
    np.testing.assert_array_equal(OnnxEmbedder(NAME, threads=1).embed(TEXTS), vectors)


def test_the_model_is_the_same_whenever_it_is_made(copied_model):
    weights = copied_model / "model.safetensors"
    assert quantised_bert(weights, heads=12) == quantised_bert(weights, heads=12)


def test_no_texts_give_no_rows(onnx):
    assert onnx.embed([]).shape == (0, 384)


def test_a_text_is_cut_after_the_last_token_that_the_model_reads(onnx):
    read = "word " * (MODEL.max_tokens - 2)  # and one token before and after it
    shorter, exact, longer = onnx.embed([read[:-5], read, read + "another topic"])
    np.testing.assert_array_equal(longer, exact)
    assert not np.array_equal(shorter, exact)


def test_vectors_agree_with_those_of_the_reference(vectors):
    reference = SentenceTransformerEmbedder(NAME).embed(TEXTS)
    assert (vectors * reference).sum(axis=1).min() > 0.97
    np.testing.assert_allclose(vectors @ vectors.T, reference @ reference.T, atol=0.05)


def test_embedding_imports_neither_torch_nor_its_libraries(tmp_path):
    code = (
        "import sys; from index.embedding import OnnxEmbedder;"
        f"OnnxEmbedder({NAME!r}).embed(['a', 'b']); print(*sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path, text=True)
    assert not set(done.stdout.split()) & {"torch", "transformers", "sentence_transformers"}


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_file_that_is_not_the_pinned_one_is_refused(copied_model, name):
    with (copied_model / name).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"!")
    with pytest.raises(ModelError, match=rf"{name} has sha256 .*reinstall its package"):
        OnnxEmbedder("copy")


def test_a_missing_file_is_refused_by_name(copied_model):
    (copied_model / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"cannot read .*tokenizer\.json"):
        OnnxEmbedder("copy")


def test_a_missing_package_is_refused_by_name(monkeypatch):
    missing = dataclasses.replace(MODEL, package="not_installed_here")
    monkeypatch.setitem(EMBEDDING_MODELS, "missing", missing)
    with pytest.raises(ModelError, match="not_installed_here is not installed"):
        OnnxEmbedder("missing")


def test_the_identity_names_the_weights_and_the_recipe():
    assert MODEL.identity("onnx") == f"onnx-int8-1:{MODEL.sha256}"
    assert MODEL.identity("torch") == f"torch:{MODEL.sha256}"
