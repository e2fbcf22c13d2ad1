"""Chunks that are equal: one vector, all places, quick to build, and cancelled between steps."""

from __future__ import annotations

import shutil
import time

import pytest

from index.errors import BuildCancelledError
from index.store.catalog import Catalog
from index.store.chroma import VectorStore
from index.store.home import Home
from index.types import Filter

ROW = "## Entry\n\nThe pump of the station was checked and nothing was found.\n\n"
LEAVES = {f"{i:02}.txt": f"{i} leaves fell in garden {i + 50}." for i in range(30)}


def counted(home) -> tuple[int, int]:
    """How many chunks the current generation has, and how many vectors."""
    directory = Home(home).directory(Home(home).pointer().current)
    catalog, store = Catalog(directory / "catalog.db"), VectorStore(directory / "vectors")
    try:
        assert catalog.count_vectors() == store.count()
        return catalog.count(), store.count()
    finally:
        catalog.close()
        store.close()


@pytest.mark.slow
def test_f6_three_thousand_equal_chunks_are_indexed_in_seconds(
    make_builder, make_searcher, write, seeds, home
):
    """Each with a vector of its own took Chroma 79 s."""
    write(seeds, {"log.md": ROW * 3000, "bell.txt": "The bell weighs 18.9 tons."})
    started = time.perf_counter()
    report = make_builder(seeds, home).build()
    assert time.perf_counter() - started < 40
    assert report.chunks == 3001
    assert counted(home) == (3001, 2)
    found = make_searcher(home).search("what the bell weighs", k=5).passages
    assert [p.chunk.document_id for p in found] == ["bell.txt", "log.md"], "repeats are one"
    only = Filter(document="log.md")
    (passage,) = make_searcher(home).search("pump", k=5, filter_by=only).passages
    assert passage.chunk.span.start == 0, "of equal ones the first"


def test_f6_the_ranks_of_equal_chunks_are_those_of_an_exact_search(
    make_builder, make_searcher, write, seeds, home, embedder
):
    twice = {f"again/{name}": text for name, text in list(LEAVES.items())[::2]}
    write(seeds, LEAVES | twice)
    make_builder(seeds, home).build()
    source = make_searcher(home).generation()
    vector = embedder.embed_query("leaves that fell in garden 55 or 60")
    texts = {name: source.document(name).text for name in source.manifest.documents}
    exact = {name: float(embedder.embed([text])[0] @ vector) for name, text in texts.items()}
    for chosen in (Filter(), Filter(folder="again")):
        among = source.documents(chosen)
        rows = None if chosen.is_empty else source._catalog.vectors_in(list(among))
        expected = sorted((exact[name] for name in among), reverse=True)
        for n in (3, 10, 50):
            found = source._nearest(vector, n, rows)
            chunks = source._catalog.chunks([row for row, _ in found])
            assert [c for _, c in found] == pytest.approx(expected[:n], abs=1e-5)
            assert {chunks[row].document_id for row, _ in found} <= set(among)
            for row, cosine in found:
                assert cosine == pytest.approx(exact[chunks[row].document_id], abs=1e-5)


def test_f6_a_vector_stays_as_long_as_a_chunk_has_it(
    make_builder, make_searcher, write, seeds, home
):
    text = "The harbour of Lindal was built in 1907."
    write(seeds, LEAVES | {"a.txt": text, "b.txt": text})

    def found() -> set[str]:
        make_builder(seeds, home).build()
        passages = make_searcher(home).search("harbour of Lindal", k=50).passages
        return {p.chunk.document_id for p in passages if p.dense > 0.5}

    assert found() == {"a.txt"}, "of repeats the first"
    assert counted(home) == (32, 31)
    (seeds / "a.txt").unlink()
    assert found() == {"b.txt"}
    assert counted(home) == (31, 31)
    write(seeds, {"c.txt": text})
    (seeds / "b.txt").unlink()
    assert found() == {"c.txt"}, "renamed"
    write(seeds, {"c.txt": "Nobody knows."})
    assert found() == set()
    assert counted(home) == (31, 31)


def test_f6_texts_that_have_the_same_vector_share_it(make_builder, write, seeds, home):
    write(seeds, {"a.txt": "A bell rings.", "b.txt": "Rings a bell."})
    make_builder(seeds, home).build()
    assert counted(home) == (2, 1)


@pytest.mark.slow
@pytest.mark.parametrize("kept", [False, True], ids=["new", "kept and written anew"])
def test_f6_a_long_document_is_cancelled_between_small_steps(
    make_builder, write, seeds, home, embedder, kept
):
    parts = [f"# Part {i}\n\nIt is number {i}.\n\n" for i in range(1000)]
    write(seeds, {"long.md": "".join(parts)})
    if kept:
        write(seeds, {"other.md": "".join(parts[:400])})
        make_builder(seeds, home).build()
        (seeds / "other.md").unlink()  # so much goes that all vectors are written anew
        embedder.embedded.clear()
    told = []

    def cancel(progress) -> None:
        told.append(progress)
        if len(told) == 2:
            raise BuildCancelledError("enough")

    with pytest.raises(BuildCancelledError):
        make_builder(seeds, home).build(progress=cancel)
    assert [(p.done, p.chunks) for p in told] == [(0, 256), (0, 512)]
    assert len(embedder.embedded) == (0 if kept else 512)


@pytest.mark.slow
def test_f19_a_very_long_header_and_very_many_emphases_are_indexed_in_seconds(
    make_builder, write, seeds, home
):
    """What took long was the same text in many chunks (F6)."""
    word = "=?utf-8?b?aGVsbG8gd29ybGQgc3ViamVjdCA=?="
    mail = f"Subject: {' '.join([word] * 6_000)}\nFrom: a@b.c\n\nThe body.\n"
    write(seeds, {"hdr.eml": mail.replace(" =?", "\n =?"), "emph.md": "*a " * 30_000})
    started = time.perf_counter()
    report = make_builder(seeds, home).build()
    assert time.perf_counter() - started < 60
    assert report.failed == ()
    chunks, vectors = counted(home)
    assert chunks > 200
    assert vectors < 20


def test_the_collection_says_to_chromas_own_client_what_it_holds(
    make_builder, write, seeds, home, tmp_path
):
    def held(where: dict[str, object]) -> dict[str, object]:
        """Text and metadata of what a filter of Chroma's finds, by the first chunk."""
        import chromadb

        copy = tmp_path / "copy" / str(len(list(tmp_path.glob("copy/*"))))
        shutil.copytree(Home(home).directory(Home(home).pointer().current) / "vectors", copy)
        found = chromadb.PersistentClient(str(copy)).get_collection("vectors").get(where=where)
        return dict(zip(found["documents"], found["metadatas"], strict=True))

    text = "The harbour of Lindal was built in 1907."
    port = f"---\ndate: 2024-05-01\n---\n\n# Port\n\n{text}"
    write(seeds, LEAVES | {"a.md": port, "b.txt": text, "c.txt": text})
    make_builder(seeds, home).build()
    assert held({"documents": {"$contains": "c.txt"}}) == {
        text: {
            "chunks": ["b.txt#0-40", "c.txt#0-40"],
            "documents": ["b.txt", "c.txt"],
            "start": 0,
            "end": 40,
            "title": text,
            "language": "en",
        }
    }
    dated = held({"date": "2024-05-01"}).values()
    assert {of.get("headings") for of in dated} == {None, "Port"}
    (seeds / "b.txt").unlink()
    (seeds / "c.txt").rename(seeds / "d.txt")
    make_builder(seeds, home).build()
    (after,) = held({"documents": {"$contains": "d.txt"}}).values()
    assert after["chunks"] == ["d.txt#0-40"]
    assert held({"documents": {"$contains": "b.txt"}}) == {}


@pytest.mark.slow
def test_rows_of_a_long_table_share_a_vector_and_are_found_by_their_words(
    make_builder, make_searcher, write, seeds, home
):
    """Each with a vector of its own took the default model 290 s for 50,000 rows."""
    rows = "".join(f"{n};bolt of size {n};shelf {n % 7}\n" for n in range(7000))
    write(seeds, {"stock.csv": f"Id;Part;Place\n{rows}", "bell.txt": "The bell weighs 18 tons."})
    make_builder(seeds, home).build()
    chunks, vectors = counted(home)
    assert vectors < chunks / 4
    searcher = make_searcher(home)
    (first, *_) = searcher.search("bolt of size 6543", k=3).passages
    assert "Id: 6543; Part: bolt of size 6543" in first.chunk.text
    assert searcher.search("what the bell weighs", k=5).passages[0].chunk.document_id == "bell.txt"
    (table,) = searcher.generation().tables_of("stock.csv")
    assert len(table.rows) == 7000


@pytest.mark.slow
def test_a_text_that_stands_in_thousands_of_files_is_indexed(
    make_builder, make_searcher, write, seeds, home
):
    write(seeds, {f"{n // 100}/{n}.txt": "The office is closed in May." for n in range(2500)})
    assert make_builder(seeds, home).build().chunks == 2500
    assert counted(home) == (2500, 1)
    assert make_searcher(home).search("closed in May", k=3).passages
