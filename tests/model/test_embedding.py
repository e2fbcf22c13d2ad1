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

from index.embedding.models import EMBEDDING_MODELS, EmbeddingModel, vectors_name
from index.embedding.onnx import quantised_bert
from index.embedding.packaged import PackagedEmbedder, folder_of, packaged_weights
from index.embedding.sentence_transformers import SentenceTransformerEmbedder
from index.embedding.weights import load_weights
from index.errors import ModelError
from index.types import Document

NAME = "all-MiniLM-L6-v2"
MODEL = EMBEDDING_MODELS[NAME]
FOLDER = str(folder_of(NAME))
TEXTS = [
    "Who won the football match?",
    "The referee blew the whistle, and the home side had won by two goals to one.",
    "A currency swap is an agreement between two central banks. " * 12,
    "",
    " \n\t ",
    "naïve café, ИНДЕКС, 検索エンジン, \u202eright to left\u202c, 👩\u200d👧 and \x00 and \ufeff",
    "x" * 5000,
]


@pytest.fixture(scope="module", params=sorted(EMBEDDING_MODELS))
def onnx(request) -> PackagedEmbedder:
    return PackagedEmbedder(request.param, threads=3)


@pytest.fixture(scope="module")
def vectors(onnx):
    return onnx.embed(TEXTS)


@pytest.fixture(params=sorted(EMBEDDING_MODELS))
def copied_model(request, tmp_path, monkeypatch) -> tuple[EmbeddingModel, Path]:
    """A model in a package of another name, that `PackagedEmbedder("copy")` loads, its folder."""
    model = EMBEDDING_MODELS[request.param]
    package = Path(importlib.util.find_spec(model.package).origin).parent
    folder = tmp_path / "copied_model"
    for name in filter(None, (model.weights, model.tokenizer)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(package / name, folder / name)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    copy = dataclasses.replace(model, package="copied_model")
    monkeypatch.setitem(EMBEDDING_MODELS, "copy", copy)
    return copy, folder


def test_vectors_are_float32_unit_rows_in_the_order_of_the_texts(onnx, vectors):
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), onnx.dimension), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_a_vector_does_not_depend_on_the_texts_around_it(onnx, vectors):
    alone = np.concatenate([onnx.embed([text]) for text in TEXTS])
    np.testing.assert_array_equal(alone, vectors)
    np.testing.assert_array_equal(onnx.embed(TEXTS[::-1])[::-1], vectors)
    np.testing.assert_array_equal(onnx.embed(TEXTS * 3), np.tile(vectors, (3, 1)))


def test_a_vector_does_not_depend_on_the_number_of_threads_or_the_session(request, onnx, vectors):
    name = request.node.callspec.params["onnx"]
    np.testing.assert_array_equal(PackagedEmbedder(name, threads=1).embed(TEXTS), vectors)


def test_the_model_is_the_same_whenever_it_is_made(copied_model):
    tensors = [load_weights(*copied_model).tensors() for _ in range(2)]
    assert quantised_bert(tensors[0], heads=12) == quantised_bert(tensors[1], heads=12)


def test_a_query_is_near_to_what_answers_it_in_its_own_and_in_another_language():
    model = PackagedEmbedder("multilingual")
    passages = [
        "The recommended amount of protein is 50 grams a day.",
        "Cats sleep for most of the day.",
        "成年人每天应该摄入大约五十克蛋白质。",
        "猫一天中的大部分时间都在睡觉。",
    ]
    for query in ("How much protein should one eat?", "每天应该吃多少蛋白质？"):
        similar = model.scale.similarity(model.embed(passages) @ model.embed_query(query))
        assert similar[[0, 2]].min() > similar[[1, 3]].max()


def test_pieces_are_those_of_the_tokenizer_that_the_model_was_trained_with():
    model = EMBEDDING_MODELS["multilingual"]
    folder = Path(importlib.util.find_spec(model.package).origin).parent
    tokenize = load_weights(model, folder).tokenize
    # transformers' XLMRobertaTokenizer gives these ids for the same text.
    assert tokenize("query: how much protein per day") == [
        0, 41, 1294, 12, 3642, 5045, 21308, 117, 5155, 2,
    ]  # fmt: skip
    assert tokenize("  two \n  spaces ") == tokenize("two spaces")
    assert tokenize("ﬁ ｆｕｌｌ") == tokenize("fi full")
    assert len(tokenize("word " * 1000)) == 1002
    assert tokenize("") == [0, 2]


def test_no_texts_give_no_rows(onnx):
    assert onnx.embed([]).shape == (0, 384)


def test_risk_14_a_text_of_more_tokens_than_the_model_reads_is_read_to_its_end(onnx):
    prefixed = 2 if onnx.name == "multilingual" else 0  # "passage" and ":"
    room = MODEL.max_tokens - 2 - prefixed  # and one token before and after it
    read = "word " * room
    exact, other, longer, twice = onnx.embed(
        [read, "topic " * room, read + "topic", read + "topic " * room]
    )
    both = exact + other
    np.testing.assert_allclose(twice, both / np.linalg.norm(both), atol=1e-6)
    assert not np.array_equal(longer, exact)
    assert longer @ exact > 0.99, "one word of five hundred"


def test_risk_14_a_chunk_of_many_tokens_is_in_its_vector_to_its_end(onnx, chunker_of):
    """What is at most 480 tokens for tiktoken, is more than the models read at once."""
    document = Document("a.txt", "a", "QXZJK VWQ ZXJ " * 500, "", "text/plain")
    text = chunker_of(480)(document)[0].text
    assert len(onnx.weights.tokenize(text)) > MODEL.max_tokens
    whole, changed = onnx.embed([text, text[: text.rindex(" ")] + " harbour"])
    assert not np.array_equal(whole, changed)


def test_risk_14_torch_reads_a_long_text_to_its_end_too():
    model = SentenceTransformerEmbedder(FOLDER)
    same = "word " * 255
    alone, longer, changed = model.embed([same, same * 3, same * 3 + "another topic"])
    assert longer @ alone > 0.95
    assert not np.array_equal(longer, changed)


def test_vectors_agree_with_those_of_the_reference():
    reference = SentenceTransformerEmbedder(FOLDER).embed(TEXTS)
    vectors = PackagedEmbedder(NAME).embed(TEXTS)
    assert (vectors * reference).sum(axis=1).min() > 0.97
    np.testing.assert_allclose(vectors @ vectors.T, reference @ reference.T, atol=0.06)


def test_embedding_imports_neither_torch_nor_its_libraries(tmp_path):
    code = (
        "import sys; from index.embedding.packaged import PackagedEmbedder;"
        f"PackagedEmbedder({NAME!r}).embed(['a', 'b']); print(*sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path, text=True)
    assert not set(done.stdout.split()) & {"torch", "transformers", "sentence_transformers"}


def test_a_file_that_is_not_the_pinned_one_is_refused(copied_model):
    model, folder = copied_model
    for name in filter(None, (model.tokenizer, model.weights)):
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(before[:-1] + b"!")
        with pytest.raises(ModelError, match=rf"{name} has sha256 .*reinstall its package"):
            PackagedEmbedder("copy")
        (folder / name).write_bytes(before)


def test_a_missing_file_is_refused_by_name(copied_model):
    model, folder = copied_model
    (folder / model.weights).unlink()
    with pytest.raises(ModelError, match=rf"cannot read .*{model.weights}"):
        PackagedEmbedder("copy")


def test_a_missing_package_is_refused_by_name(monkeypatch):
    missing = dataclasses.replace(MODEL, package="not_installed_here")
    monkeypatch.setitem(EMBEDDING_MODELS, "missing", missing)
    with pytest.raises(ModelError, match="not_installed_here is not installed"):
        PackagedEmbedder("missing")


def test_the_identity_names_the_weights_and_the_recipe():
    assert MODEL.identity == vectors_name(NAME) == f"onnx-int8-3:{MODEL.sha256}"


@pytest.mark.parametrize("name", sorted(EMBEDDING_MODELS))
@pytest.mark.parametrize("text", [*TEXTS, "In 1998, “Röntgen” – it’s 5 km² 東京都 ﬁne.", "ａｂｃ…"])
def test_pieces_are_the_tokens_with_their_places(name, text):
    weights = packaged_weights(name)
    pieces = weights.pieces(text)
    assert [number for number, _, _ in pieces] == weights.tokenize(text)[1:-1]
    edges = [edge for _, start, end in pieces for edge in (start, end)]
    assert all(0 <= edge <= len(text) for edge in edges)
    assert all(start <= end for _, start, end in pieces)
    assert [start for _, start, _ in pieces] == sorted(start for _, start, _ in pieces)
