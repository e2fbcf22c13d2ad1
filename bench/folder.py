"""What a whole extractive answer costs in a large folder, beside its cost in a small one.

Both folders hold the documents of ``seeds/``, which the questions are about, and made-up ones with
titles, names, dates and formats. These share some made-up vectors, so that the large index is made
in minutes: what a graph of as many vectors costs is measured by ``bench/search.py``. Each question
is asked of both in turn, so that a busy machine slows both.

    python bench/folder.py --place /tmp/folders
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from eval.cases import seeds_suite
from index.builder.plan import Plan
from index.builder.prepare import Prepared, PreparedDocument, Recipe
from index.builder.sandbox import Limits
from index.builder.workers import Workers
from index.builder.writer import GenerationWriter, Outcomes, Tools
from index.embedding.embedder import Embedder, Vectors
from index.embedding.packaged import PackagedEmbedder
from index.listing import HashMemory, list_seeds
from index.store.home import Home
from index.store.manifest import fingerprint
from index.text.words import stems
from index.types import Chunk, Document, Seed, Span, chunk_id
from rag.assemble import Services
from rag.assistant import Assistant
from rag.settings import Settings

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
KINDS = ("report", "minutes", "letter", "contract", "newsletter", "budget", "survey", "plan")
VECTORS = 2000
ENDINGS = ("pdf", "docx", "txt", "md", "eml", "xlsx")
# Besides the shipped ones: of these, rules look at the titles, names and dates of all documents.
NAMING = (
    "What is said in the Gyeongju summit report?",
    "What does korea-china-relations.html say about 1992?",
    "How many economies belong to APEC, according to the 2031 report?",
    "Who signed for Korea in the U.S. agreement of v1.2?",
)


def main() -> None:
    """Build what is missing, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--documents", type=int, nargs=2, default=(100, 100_000))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    embedder = PackagedEmbedder(Settings().embedding)
    small, large = (_assistant(options.place, count, embedder) for count in options.documents)
    shipped = [c.question for c in seeds_suite(SEEDS).cases if not c.history]
    for name, questions in (("shipped questions", shipped), ("naming documents", NAMING)):
        first = [_cost(assistant, questions[0])[0] for assistant in (small, large)]
        took = np.array(
            [
                [_cost(small, question), _cost(large, question)]
                for _ in range(options.rounds)
                for question in questions
            ]
        )
        wall, processor = np.median(took, axis=0).T
        print(
            f"{name}: median {wall[0]:.0f} and {wall[1]:.0f} ms ({wall[1] / wall[0]:.2f} times), "
            f"of the processor {processor[0]:.0f} and {processor[1]:.0f} ms "
            f"({processor[1] / processor[0]:.2f} times); "
            f"the first one {first[0]:.0f} and {first[1]:.0f} ms"
        )


def _cost(assistant: Assistant, question: str) -> tuple[float, float]:
    """Milliseconds of an answer, on the wall and of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    assistant.ask(question)
    return (time.perf_counter() - wall) * 1000, (time.process_time() - processor) * 1000


def _assistant(place: Path, count: int, embedder: Embedder) -> Assistant:
    settings = Settings(seeds=SEEDS, home=place / str(count))
    home = Home(settings.home)
    if home.pointer() is None:
        _build(home, settings, count, embedder)
    manifest = home.manifest()
    assert manifest is not None
    print(f"{len(manifest.documents)} documents, {manifest.chunks} chunks")
    services = Services(settings)
    services.use_embedder(embedder)
    return services.assistant


def _build(home: Home, settings: Settings, count: int, embedder: Embedder) -> None:
    listing = list_seeds(SEEDS, HashMemory(home.hashes_path), max_bytes=10**9)
    made = [_made(number) for number in range(count - len(listing.seeds))]

    @contextmanager
    def prepare(
        seeds: Sequence[Seed], recipe: Recipe, waiting: Callable[[], None]
    ) -> Iterator[Outcomes]:
        real = seeds[: len(listing.seeds)]
        workers = Workers(Limits(120, 2000))
        with workers, workers.prepare(real, recipe, waiting) as outcomes:
            found = list(outcomes)
        yield iter([*found, *zip(seeds[len(real) :], made, strict=True)])

    texts = {item.document.text for outcome in made for item in outcome.documents}
    seeds = [
        Seed(item.document.id, item.document.sha256)
        for outcome in made
        for item in outcome.documents
    ]
    tools = Tools(lambda: _MadeUp(embedder, texts), prepare)
    started = time.perf_counter()
    with home.lock(wait_s=0):
        writer = GenerationWriter(home, settings, tools)
        plan = Plan(added=(*listing.seeds, *seeds))
        writer.write(plan, None, fingerprint(settings), lambda _: None)
        home.publish(writer.name, keep=0)
    print(f"{count} documents built in {time.perf_counter() - started:.0f} s")


class _MadeUp:
    """One of a few random unit vectors for each made-up text, that of the model for all others."""

    def __init__(self, inner: Embedder, made: set[str]) -> None:
        self._inner = inner
        self._made = made
        self.dimension = inner.dimension
        vectors = np.random.default_rng(0).normal(size=(VECTORS, self.dimension))
        self._vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self.embed_query = inner.embed_query
        self.scale = inner.scale

    def embed(self, texts: Sequence[str]) -> Vectors:
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            if text in self._made:
                row[:] = self._vectors[zlib.crc32(text.encode()) % VECTORS]
            else:
                row[:] = self._inner.embed([text])[0]
        return out


def _made(number: int) -> Prepared:
    """A document of one chunk with a title, a date and a name of its own."""
    chance = random.Random(number)
    town, person = (_name(chance) for _ in range(2))
    kind, year = chance.choice(KINDS), chance.randrange(1990, 2026)
    title = f"{town} {kind} {number}"
    text = (
        f"{title}\n\nThe {kind} of {town} was written by {person} in {year}. "
        f"It says that {chance.randrange(100, 9999)} people live near the river of {_name(chance)}."
    )
    name = f"{kind}/{year}/{title.replace(' ', '-').lower()}.{chance.choice(ENDINGS)}"
    span = Span(0, len(text))
    digest = hashlib.sha256(text.encode()).hexdigest()
    date = f"{year}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    document = Document(name, title, text, digest, "text/plain", date=date, language="en")
    chunk = Chunk(chunk_id(name, span), name, span, text)
    words = " ".join(stems(f"{title} {text}", "en"))
    return Prepared((PreparedDocument(document, (chunk,), (words,)),))


def _name(chance: random.Random) -> str:
    parts = "bar dol ven kir mas tol lin gra sho wex ul ny fen ost".split()
    return "".join(chance.choices(parts, k=3)).capitalize()


if __name__ == "__main__":
    main()
