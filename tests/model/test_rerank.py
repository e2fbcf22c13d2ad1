"""Reranking by a cross-encoder from a folder: a real one, tiny and untrained."""

from __future__ import annotations

import pytest

from index.embedding.rerank import CrossEncoderReranker
from index.errors import ModelError
from rag.assemble import Services
from rag.settings import Settings

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] currency swap bell memo of the a two ministers signed".split()
)
TEXTS = ["a currency swap", "the bell of two ministers", "ministers signed the memo"]


def _cross_encoder(folder, labels: int = 1):
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, initializer_range=1.0, num_labels=labels,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    words = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")}
    PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return _cross_encoder(tmp_path_factory.mktemp("cross-encoder"))


@pytest.fixture(scope="module")
def reranker(folder):
    return CrossEncoderReranker(folder)


def test_each_text_gets_a_score_and_the_same_one_every_time(reranker):
    scores = reranker.scores("currency swap", TEXTS)
    assert len(set(scores)) == len(TEXTS)
    assert reranker.scores("currency swap", TEXTS) == scores
    assert reranker.scores("currency swap", []) == []


def test_the_best_passages_are_put_into_its_order(
    make_builder, make_searcher, write, seeds, home, reranker
):
    write(seeds, {f"{i}.txt": text for i, text in enumerate(TEXTS)})
    make_builder(seeds, home).build()
    plain = make_searcher(home).search("currency swap").passages
    found = make_searcher(home, reranker=reranker).search("currency swap")
    texts = [passage.chunk.text for passage in found.passages]
    scores = reranker.scores("currency swap", texts)
    assert scores == sorted(scores, reverse=True)
    assert [p.rerank_score for p in found.passages] == pytest.approx(scores)
    assert [p.rank for p in found.passages] == [1, 2, 3]
    assert [p.score for p in found.passages] == [p.score for p in plain]
    assert found.rerank_ms > 0


def test_it_reads_no_more_passages_than_the_setting_says(
    make_builder, make_searcher, write, seeds, home, reranker
):
    write(seeds, {f"{i}.txt": f"swap number {i} {'x' * i}" for i in range(9)})
    make_builder(seeds, home).build()
    read = []

    class Counting:
        def scores(self, query, texts):
            read.append(len(texts))
            return reranker.scores(query, texts)

    searcher = make_searcher(home, reranker=Counting(), rerank_depth=4)
    assert len(searcher.search("swap", k=2).passages) == 2
    assert len(searcher.search("swap", k=6).passages) == 6
    assert read == [4, 6]


@pytest.mark.parametrize("content", [None, "", "{}", '{"model_type": "unheard-of"}'])
def test_a_folder_without_a_model_is_an_error_that_names_it(tmp_path, content):
    folder = tmp_path / "model"
    if content is not None:
        folder.mkdir()
        if content:
            (folder / "config.json").write_text(content)
    services = Services(Settings(reranker=folder))
    with pytest.raises(ModelError, match=r"reranker: .*model"):
        _ = services.searcher


def test_a_model_of_more_than_one_score_is_refused(tmp_path):
    with pytest.raises(ModelError, match="gives 3 scores for a pair, not one"):
        CrossEncoderReranker(_cross_encoder(tmp_path, labels=3))
