"""Decomposed Unicode, as macOS writes it: found and read as composed text, cited as it is."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embedding.embedder import load_model_tokenizer
from index.errors import DocumentMissingError
from index.folder import Folder, Upload
from index.loaders import plain_text
from index.settings import IndexSettings
from index.store.home import Home, read_document
from index.text.composed import composed, composed_with_origins
from index.text.sentences import sentence_spans
from index.text.words import query_terms, stems
from index.types import Filter, Span
from rag.named_documents import DocumentNames
from rag.types import Citation, Sentence, short_answer
from tests.files import load

KOREAN = "장학금 신청은 4월 20일까지 학생처에 제출해야 합니다. 결과는 5월에 발표됩니다."
GERMAN = "Die Prüfung ist am 3. März. Der Schlüssel hängt über der Tür."
NAME = "Schlüssel/Höfe.txt"


def apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("text", [KOREAN, GERMAN, "ล้ำ ぱが", "\u0308a", "e\u0301\u0323 \u0958"])
def test_every_character_of_the_composed_text_has_its_place(text):
    text = apart(text)
    whole, origins = composed_with_origins(text)
    assert whole == composed(text)
    assert list(origins) == sorted(origins)
    assert (len(origins), origins[-1]) == (len(whole) + 1, len(text))
    for place, character in enumerate(whole):
        if character.isascii() and character != "a":
            assert text[origins[place]] in (character, apart(character))


def test_every_character_that_may_be_composed_is_composed_with_the_one_before():
    every = map(chr, (*range(0xD800), *range(0xE000, sys.maxunicode + 1)))
    parted = [parts for parts in map(apart, every) if len(parts) > 1]
    assert all(composed_with_origins(parts)[0] == composed(parts) for parts in parted)


@given(st.text(alphabet="aA .\n가각ü\u0308\u0323\u1161\u11a8", max_size=40))
def test_sentences_of_decomposed_text_are_ordered_and_hold_all_of_it(text):
    spans = sentence_spans(text, "de")
    assert [s.start for s in spans] == sorted(s.start for s in spans)
    gaps = zip([0, *(s.end for s in spans)], [*(s.start for s in spans), len(text)], strict=True)
    assert not "".join(text[a:b] for a, b in gaps).strip()


@pytest.mark.parametrize(("text", "language"), [(KOREAN, "ko"), (GERMAN, "de")])
def test_sentences_are_those_of_the_composed_text_at_their_own_places(text, language):
    parted = apart(text)
    found = [span.of(parted) for span in sentence_spans(parted, language)]
    assert found == [apart(span.of(text)) for span in sentence_spans(text, language)]
    assert len(found) == 2


@pytest.mark.parametrize(("text", "language"), [(KOREAN, "ko"), (GERMAN, "de")])
def test_what_is_searched_embedded_and_read_is_composed_and_the_document_is_not(text, language):
    tokenize = load_model_tokenizer("multilingual")
    assert tokenize(apart(text)) == tokenize(text)
    assert stems(apart(text), language) == stems(text, language)
    assert query_terms(apart(text), (language,)) == query_terms(text, (language,))
    document = load("a.txt", apart(text))
    assert document.text == apart(text)
    assert document.language == language
    assert plain_text(document.media_type, document.text) == text


def test_a_title_that_is_a_name_is_composed():
    assert load(apart("Schlüssel.txt"), "Two keys.").title == "Schlüssel"


def test_the_short_answer_is_the_documents_own_characters():
    quote = apart("Der Schlüssel hängt über der Tür.")
    text = composed(quote)
    words = Span(text.index("über"), len(text) - 1)
    said = Sentence(text, (1,), 1.0, short_answer=words, certainty=0.8)
    found = short_answer([said], [Citation(1, "a.txt", "A", Span(5, 5 + len(quote)), quote)])
    assert found is not None
    assert found.text == found.span.shifted(-5).of(quote) == apart("über der Tür")


@pytest.mark.parametrize("written", [composed, apart])
@pytest.mark.parametrize("asked", [composed, apart])
def test_names_are_the_same_however_they_are_written(
    make_builder, make_searcher, write, seeds, home, written, asked
):
    write(seeds, {written(NAME): "Two keys hang here.", "b.txt": "Keys to nowhere."})
    make_builder(seeds, home).build()
    own = written(NAME)
    assert read_document(Home(home), asked(NAME)).id == own
    with pytest.raises(DocumentMissingError):
        read_document(Home(home), asked("Schlüssel/Hof.txt"))
    searcher = make_searcher(home)
    for filter_by in (Filter(document=asked("*Höfe*")), Filter(folder=asked("Schlüssel"))):
        found = searcher.search("keys", filter_by=filter_by).passages
        assert [passage.chunk.document_id for passage in found] == [own]
    names = DocumentNames(searcher.generation().manifest.documents)
    assert names.of_file(composed("höfe.txt")) == {own}


def test_two_files_whose_names_only_differ_in_form_are_each_found_by_their_own(
    make_builder, write, seeds, home
):
    if len({apart("ü"), composed("ü")} & set(_listed(seeds, write))) < 2:
        pytest.skip("the file system takes the two for one")
    make_builder(seeds, home).build()
    for name in (apart("ü.txt"), composed("ü.txt")):
        assert read_document(Home(home), name).id == name


def _listed(seeds, write) -> list[str]:
    write(seeds, {apart("ü.txt"): "One key.", composed("ü.txt"): "Another key."})
    return [path.stem for path in seeds.iterdir()]


def test_an_upload_meets_the_file_whose_name_is_the_same_when_composed(seeds, home):
    seeds.mkdir(exist_ok=True)
    (seeds / apart("Höfe.txt")).write_text("old")
    settings = IndexSettings(seeds=seeds, home=home)
    settings.uploads.mkdir(parents=True)
    folder = Folder(settings)

    def came() -> Upload:
        path = settings.uploads / "1"
        path.write_text("new")
        return Upload(path, composed("Höfe.txt"))

    assert folder.upload([came()]).added == ()
    assert folder.upload([came()], "keep both").added == (composed("Höfe (2).txt"),)
    assert folder.upload([came()], "replace").added == (apart("Höfe.txt"),)
    assert {path.read_text() for path in seeds.iterdir()} == {"new"}
