"""Any model of sentence-transformers as the embedding: real small model folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embedding.embedder import load_embedder, load_model_tokenizer
from index.embedding.models import vectors_name
from index.embedding.packaged import PackagedEmbedder, folder_of
from index.embedding.scale import Scale
from index.embedding.sentence_transformers import SentenceTransformerEmbedder
from index.errors import IndexMismatchError, ModelError
from rag.assemble import Services
from rag.settings import Settings

NAME = "all-MiniLM-L6-v2"
QUESTION = "Who keeps the lighthouse?"
DOCUMENTS = {
    "tower.txt": "The lighthouse of Norvik is painted green. Ada Holm keeps it and lives there.",
    "ferry.txt": "The ferry leaves at seven in the morning. A ticket costs four euros.",
    "bread.txt": "Rye bread is baked for two hours. The dough rests for a night before.",
}


@pytest.fixture
def folder(tmp_path) -> Path:
    """A model folder of the user's, with the prompts that it was trained with."""
    place = tmp_path / "model"
    shutil.copytree(folder_of(NAME), place)
    configuration = place / "config_sentence_transformers.json"
    values = json.loads(configuration.read_text())
    values["prompts"] = {"query": "query: ", "document": "passage: "}
    configuration.write_text(json.dumps(values))
    return place


def test_prompts_of_the_model_begin_what_is_embedded(folder):
    plain = SentenceTransformerEmbedder(str(folder_of(NAME)))
    prompted = SentenceTransformerEmbedder(str(folder))
    asked, held = prompted.embed_query(QUESTION), prompted.embed([QUESTION])[0]
    np.testing.assert_allclose(asked, plain.embed_query(f"query: {QUESTION}"), atol=1e-5)
    np.testing.assert_allclose(held, plain.embed([f"passage: {QUESTION}"])[0], atol=1e-5)
    assert np.linalg.norm(asked) == pytest.approx(1, abs=1e-5)


def test_a_folder_is_indexed_and_answers_with_a_scale_of_its_own(folder, seeds, home, write):
    write(seeds, DOCUMENTS)
    services = Services(Settings(seeds=seeds, home=home, embedding=str(folder)))
    services.builder.build()
    passages = services.searcher.search(QUESTION).passages
    assert passages[0].chunk.document_id == "tower.txt"
    assert passages[0].dense > 0.3 > 0.15 > passages[1].dense
    scale = services.searcher.generation().manifest.scale
    assert scale not in (Scale(), PackagedEmbedder(NAME).scale)
    assert "Ada Holm" in services.assistant.ask(QUESTION).text


def test_another_content_of_the_folder_is_another_model(folder, seeds, home, write):
    write(seeds, DOCUMENTS)
    settings = Settings(seeds=seeds, home=home, embedding=str(folder))
    Services(settings).builder.build()
    assert Services(settings).builder.plan().is_empty
    (folder / "README.md").write_text("Another version.")
    assert "vectors" in Services(settings).builder.plan().rebuild
    with pytest.raises(IndexMismatchError, match="run `footnote index`"):
        Services(settings).searcher.search(QUESTION)


def test_a_name_in_the_cache_of_hugging_face(folder, tmp_path, monkeypatch):
    from huggingface_hub import constants

    held = tmp_path / "hub" / "models--somebody--small"
    shutil.copytree(folder, held / "snapshots" / "0123abcd")
    (held / "refs").mkdir()
    (held / "refs" / "main").write_text("0123abcd")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    assert vectors_name("somebody/small") == vectors_name(str(folder))
    assert load_embedder("somebody/small").dimension == 384


@pytest.mark.parametrize("name", ["no/such-model", "no such folder", "../nowhere"])
def test_a_model_that_is_not_here_is_named_and_not_fetched(name):
    for ask in (load_embedder, vectors_name, load_model_tokenizer):
        with pytest.raises(ModelError, match=r"no packaged model .*nothing is down"):
            ask(name)


def test_a_folder_without_a_model_is_named_with_the_reason(tmp_path):
    with pytest.raises(ModelError, match=rf"embedding: {tmp_path} cannot be loaded \(.+\)"):
        load_embedder(str(tmp_path))


def test_a_model_without_attention_and_without_a_longest_text(tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder_of(NAME) / "tokenizer.json"))
    module = StaticEmbedding(tokenizer, embedding_dim=32)
    SentenceTransformer(modules=[module], device="cpu").save(str(tmp_path / "static"))
    embedder = load_embedder(str(tmp_path / "static"))
    assert embedder.dimension == 32
    one, other = embedder.embed(["harbour " * 3000, "harbour"])
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_tokens_are_those_of_the_model(folder):
    tokenize = load_model_tokenizer(str(folder))
    assert tokenize("unaffable") == load_model_tokenizer(NAME)("unaffable")
    assert len(tokenize("word " * 900)) == 900, "nothing is cut off"
