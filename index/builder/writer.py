"""One new generation: a copy of the current one plus the delta, verified before it counts.

Nothing that a reader may have open is written to. The directory is complete when its manifest
is there, which is written last; what fails leaves no directory behind.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from index.builder.plan import Plan
from index.builder.prepare import Prepared, PreparedDocument, Recipe
from index.embedding.models import EMBEDDING_MODELS, vectors_name
from index.embedding.scale import SAMPLE, Scale, measure_scale
from index.errors import BuildError
from index.listing import Failure
from index.loaders.conversions import conversion_of
from index.settings import IndexSettings
from index.store.home import Home
from index.store.manifest import Entry, FailedEntry, Fingerprint, Manifest
from index.text.composed import composed
from index.types import Progress, Seed, Span

if TYPE_CHECKING:
    from index.embedding.cache import VectorCache
    from index.embedding.embedder import Embedder, Vectors
    from index.store.catalog import Catalog
    from index.store.chroma import VectorStore

__all__ = ["Ahead", "GenerationWriter", "GraphDegradedError", "Outcomes", "Prepare", "Tools"]

logger = logging.getLogger(__name__)

_ROWS_WITH_VECTORS = 500  # of a table; the others share one
_BATCH_CHUNKS = 256  # embedded and stored between two reports of the progress
_PROBES = 20
# Chroma's graph loses rows when most of it is deleted at once (docs/decisions/0008): a build that
# removes more than this share writes all vectors anew, from the cache.
_LARGEST_DELTA = 0.2

Outcomes = Iterator[tuple[Seed, Prepared]]
"""Seeds with what became of each, in order."""

Prepare = Callable[[Sequence[Seed], Recipe, Callable[[], None]], AbstractContextManager[Outcomes]]
"""Entering the context begins to read, leaving it ends what was begun.

The function is called now and then while an outcome is waited for; it may raise, to end the build.
"""


class Ahead(Protocol):
    """Where texts are embedded elsewhere: it begins before their vectors are asked for."""

    @property
    def chunks_ahead(self) -> int:
        """How many chunks it may be ahead of those that are written."""

    def begin_to_embed(self, texts: Sequence[str]) -> None:
        """Begin to embed texts that the embedder is asked for soon."""


@dataclass(frozen=True, slots=True)
class Tools:
    """How to get what only a build with new text needs; loading them takes seconds."""

    embedder: Callable[[], Embedder]
    prepare: Prepare
    ahead: Ahead | None = None


class GraphDegradedError(BuildError):
    """Chunks of a copied and changed collection are not found by their own vectors."""


@dataclass(slots=True)
class _Contents:
    """What the manifest will say of the generation."""

    seeds: dict[str, str] = field(default_factory=dict)
    documents: dict[str, Entry] = field(default_factory=dict)
    failed: dict[str, FailedEntry] = field(default_factory=dict)

    def keep(self, current: Manifest, seeds: Sequence[Seed]) -> None:
        """Take over what the current generation says of these seeds."""
        names = {seed.id for seed in seeds}
        self.seeds |= {k: v for k, v in current.seeds.items() if k in names}
        self.documents |= {k: v for k, v in current.documents.items() if v.seed in names}
        self.failed |= {k: v for k, v in current.failed.items() if v.seed in names}

    def add(self, seed: Seed, prepared: Prepared, limits: str) -> None:
        """What became of a seed that was read in this build."""
        if not prepared.transient:
            self.seeds[seed.id] = seed.sha256
            for failure in prepared.failures:
                is_saved = conversion_of(PurePosixPath(failure.document).suffix.lower())
                met = limits if prepared.exceeded or is_saved else None
                self.failed[failure.document] = FailedEntry(
                    seed.id, failure.reason, met, failure.pictures
                )
        for item in prepared.documents:
            d = item.document
            self.documents[d.id] = Entry(
                seed.id,
                d.sha256,
                d.title,
                d.media_type,
                d.date,
                d.language,
                len(item.chunks),
                item.references,
            )


@dataclass(slots=True)
class _Meter:
    """Counts what has been done and reports it; who gets the report may raise, to end the build."""

    tell: Callable[[Progress], None]
    total: int
    total_bytes: int
    started: float
    done: int = 0
    done_bytes: int = 0
    chunks: int = 0

    def report(self, *, chunks: int = 0, seeds: Sequence[Seed] = ()) -> None:
        """Add what is done now."""
        self.chunks += chunks
        self.done += len(seeds)
        self.done_bytes += sum(seed.size for seed in seeds)
        seconds = time.perf_counter() - self.started
        self.tell(
            Progress(self.done, self.total, self.done_bytes, self.total_bytes, self.chunks, seconds)
        )


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a generation is written to, and what tells how far it is."""

    catalog: Catalog
    store: VectorStore
    cache: VectorCache
    meter: _Meter


class GenerationWriter:
    """A generation while it is written."""

    def __init__(
        self, home: Home, settings: IndexSettings, tools: Tools, *, rewrites: bool = False
    ) -> None:
        self._home = home
        self._settings = settings
        self._tools = tools
        self._rewrites = rewrites
        self.name = home.create()
        self.embedded = 0
        self.reused = 0
        self.failures: list[Failure] = []
        self._moved: set[int] = set()  # vectors whose texts are found elsewhere than before
        self._started = time.perf_counter()

    def write(
        self,
        plan: Plan,
        current: Manifest | None,
        wanted: Fingerprint,
        progress: Callable[[Progress], None],
    ) -> Manifest:
        """Copy, apply the delta, verify, and write the manifest.

        Raises:
            BuildError: what was written is not what was meant.
        """
        from index.store.lexical import write_lexical

        # A collection on a server is not copied there.
        is_anew = self._rewrites or self._settings.chroma_server or _is_large(plan, current)
        copied = None if is_anew else current
        with ExitStack() as open_files:
            open_files.callback(self._discard_unless_complete)
            new = [*plan.added, *plan.changed, *(seed for _, seed in plan.renamed)]
            recipe = Recipe(
                self._settings.seeds,
                self._settings.chunk_tokens,
                self._settings.ocr,
                self._settings.soffice,
            )
            meter = _Meter(progress, len(new), sum(seed.size for seed in new), self._started)
            outcomes = open_files.enter_context(self._tools.prepare(new, recipe, meter.report))
            cache = self._opened_cache(open_files)
            # Words that are only added to are copied too (see index/store/lexical.py).
            only_adds = copied is not None and not _gone(plan)
            with self._copied(copied, with_words=only_adds):
                if plan.added or plan.changed:
                    self._tools.embedder()  # loaded while the first files are read
            catalog, store = self._opened(open_files, is_copy=copied is not None)
            opened = _Opened(catalog, store, cache, meter)
            last_copied = catalog.last_row()
            contents = _Contents()
            if current is not None:
                contents.keep(current, (*plan.unchanged, *plan.unreadable))
            if copied is not None:
                gone = copied.documents_of(_gone(plan))
                self._moved |= set(catalog.vectors_in(gone).values())
                for name in gone:
                    catalog.remove(name)
            elif current is not None:
                for batch in _batches(self._kept(plan, current, open_files)):
                    self._store(batch, opened)
            self._add_new(outcomes, contents, opened)
            unused = catalog.remove_unused_vectors()
            store.delete(unused)
            moved = sorted(self._moved - set(unused))
            for at in range(0, len(moved), _BATCH_CHUNKS):
                store.describe(catalog.occurrences(moved[at : at + _BATCH_CHUNKS]))
                meter.report()
            catalog.commit()
            words = catalog.stems(after=last_copied if only_adds else 0)
            write_lexical(self._directory / "lexical", words)
            manifest = Manifest(
                generation=self.name,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                parent=current.generation if current else None,
                fingerprint=dict(wanted),
                seeds=dict(sorted(contents.seeds.items())),
                documents=dict(sorted(contents.documents.items())),
                failed=dict(sorted(contents.failed.items())),
                scale=self._scale(current, catalog),
            )
            cache.prune(self._settings.vector_cache_mb * 1_000_000, catalog.texts)
            _verify(manifest, catalog, store, is_copy=copied is not None)
            manifest.write(self._home.manifest_path(self.name))
        return manifest

    def discard(self) -> None:
        """Remove what was written."""
        self._home.remove(self.name)

    def _discard_unless_complete(self) -> None:
        """Runs last, when every file is closed: a directory without manifest is of no use."""
        if not self._home.manifest_path(self.name).exists():
            self.discard()

    @property
    def _directory(self) -> Path:
        return self._home.directory(self.name)

    @contextmanager
    def _copied(self, copied: Manifest | None, *, with_words: bool) -> Iterator[None]:
        """Copy what another generation holds while the body runs."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            copies: list[Future[object]] = []
            if copied is not None:
                old, new = self._home.directory(copied.generation), self._directory
                copies.append(pool.submit(shutil.copytree, old / "vectors", new / "vectors"))
                copies.append(pool.submit(shutil.copy2, old / "catalog.db", new / "catalog.db"))
            if copied is not None and with_words:
                copies.append(pool.submit(shutil.copytree, old / "lexical", new / "lexical"))
            yield
            for copy in copies:
                copy.result()

    def _opened(self, open_files: ExitStack, *, is_copy: bool) -> tuple[Catalog, VectorStore]:
        """Catalog and vectors to write to: the copies, or empty ones."""
        from index.store.catalog import Catalog
        from index.store.chroma import VectorStore

        catalog = Catalog(self._directory / "catalog.db", writable=True)
        open_files.callback(catalog.close)
        store = VectorStore(
            self._directory / "vectors",
            self._settings.chroma_server,
            create=not is_copy,
            writable=True,
        )
        open_files.callback(store.close)
        return catalog, store

    def _opened_cache(self, open_files: ExitStack) -> VectorCache:
        from index.embedding.cache import VectorCache

        name = self._settings.embedding
        packaged = EMBEDDING_MODELS.get(name)
        cache = VectorCache(
            self._home.vectors_path,
            model=vectors_name(name),
            dimension=(packaged or self._tools.embedder()).dimension,
        )
        open_files.callback(cache.close)
        return cache

    def _kept(
        self, plan: Plan, current: Manifest, open_files: ExitStack
    ) -> Iterator[PreparedDocument]:
        """The unchanged documents as the current generation has them."""
        from index.store.catalog import Catalog

        old = Catalog(self._home.directory(current.generation) / "catalog.db")
        open_files.callback(old.close)
        for name in current.documents_of(seed.id for seed in plan.unchanged):
            chunks, stems, summary = old.chunks_of(name), old.stems_of(name), old.summary_of(name)
            yield PreparedDocument(
                old.document(name), tuple(chunks), tuple(stems), summary, old.tables_of(name)
            )

    def _add_new(self, outcomes: Outcomes, contents: _Contents, opened: _Opened) -> None:
        """Embed and write the seeds that are new or changed, a batch of chunks at a time."""
        limits = self._settings.load_limits
        batch: list[PreparedDocument] = []
        for done, (seed, prepared) in enumerate(self._begun(outcomes, opened.cache), start=1):
            contents.add(seed, prepared, limits)
            self.failures += prepared.failures
            batch += prepared.documents
            is_last = done == opened.meter.total
            if is_last or sum(len(item.chunks) for item in batch) >= _BATCH_CHUNKS:
                self._store(batch, opened)
                batch = []
            opened.meter.report(seeds=[seed])

    def _begun(self, outcomes: Outcomes, cache: VectorCache) -> Outcomes:
        """The outcomes; where texts are embedded elsewhere, that of the next ones has begun."""
        ahead = self._tools.ahead
        if ahead is None:
            yield from outcomes
            return
        held: deque[tuple[Seed, Prepared]] = deque()
        chunks = 0
        for seed, prepared in outcomes:
            texts = [text for item in prepared.documents for text in _embedded_texts(item)]
            ahead.begin_to_embed(cache.missing(list(map(composed, texts))))
            held.append((seed, prepared))
            chunks += len(texts)
            while chunks > ahead.chunks_ahead:
                chunks -= sum(len(item.chunks) for item in held[0][1].documents)
                yield held.popleft()
        yield from held

    def _store(self, batch: Sequence[PreparedDocument], opened: _Opened) -> None:
        """Embed and write documents; chunks with the same vector share it."""
        texts = [text for item in batch for text in _embedded_texts(item)]
        numbers: list[int] = []
        for at in range(0, len(texts), _BATCH_CHUNKS):
            part = texts[at : at + _BATCH_CHUNKS]
            vectors, computed = opened.cache.vectors(list(map(composed, part)), self._embed)
            self.embedded += computed
            self.reused += len(part) - computed
            known = opened.catalog.add_vectors([vector.tobytes() for vector in vectors])
            new = [i for i, (_, is_new) in enumerate(known) if is_new]
            opened.store.add([known[i][0] for i in new], vectors[new], [part[i] for i in new])
            numbers += [number for number, _ in known]
            self._moved |= {number for number, _ in known}
            opened.meter.report(chunks=len(part))
        left = iter(numbers)
        for item in batch:
            opened.catalog.add(item, list(islice(left, len(item.chunks))))

    def _scale(self, current: Manifest | None, catalog: Catalog) -> Scale:
        """How the model's cosines are read; measured again until there are passages enough."""
        if current is not None and (current.chunks >= SAMPLE or not self.embedded):
            return current.scale
        embedder = self._tools.embedder()
        return embedder.scale or measure_scale(embedder, catalog.texts())

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return self._tools.embedder().embed(texts)


def _batches(items: Iterable[PreparedDocument]) -> Iterator[list[PreparedDocument]]:
    """Items by the number of their chunks; documents without a chunk are kept too."""
    batch: list[PreparedDocument] = []
    for item in items:
        batch.append(item)
        if sum(len(held.chunks) for held in batch) >= _BATCH_CHUNKS:
            yield batch
            batch = []
    if batch:
        yield batch


def _gone(plan: Plan) -> list[str]:
    """The seeds of the current generation that the next one does not have as they are."""
    return [*plan.removed, *(s.id for s in plan.changed), *(old for old, _ in plan.renamed)]


def _is_large(plan: Plan, current: Manifest | None) -> bool:
    if current is None:
        return False
    gone = sum(current.documents[name].chunks for name in current.documents_of(_gone(plan)))
    return gone > _LARGEST_DELTA * current.chunks


def _embedded_texts(item: PreparedDocument) -> Iterator[str]:
    """What of each chunk is embedded: its text, of rows of a long table what they are rows of.

    Rows are found by their words, and a question over the table is asked of all of them.
    """
    long = [table for table in item.tables if len(table.rows) > _ROWS_WITH_VECTORS]
    for chunk in item.chunks:
        for table in long:
            rows = Span(table.rows[_ROWS_WITH_VECTORS].span.start, table.rows[-1].span.end)
            if rows.start <= chunk.span.start < rows.end:
                yield f"{item.document.title}\n{table.name}: {', '.join(table.columns)}"
                break
        else:
            yield chunk.text


def _verify(manifest: Manifest, catalog: Catalog, store: VectorStore, *, is_copy: bool) -> None:
    """Counts agree, spans give the chunks' text, and chunks are found by their own vectors."""
    counts = (manifest.chunks, catalog.count())
    vectors = (catalog.count_vectors(), store.count())
    if len(set(counts)) != 1 or len(set(vectors)) != 1:
        raise BuildError(
            f"the new index has {counts} chunks in manifest and catalog and {vectors} vectors in "
            "catalog and store: not published; run `footnote index --force`"
        )
    rows = catalog.rows()
    # Some of all, and the last, which are new.
    probes = sorted({*rows[:: max(1, len(rows) // _PROBES)][:_PROBES], *rows[-_PROBES:]})
    for chunk in catalog.chunks(probes).values():
        if chunk.span.of(catalog.document(chunk.document_id).text) != chunk.text:
            raise BuildError(
                f"chunk {chunk.id} of the new index is not the text at its span: not published; "
                "run `footnote index --force`"
            )
    lost = len(store.lost(sorted(set(catalog.vectors_of(probes).values()))))
    if lost and is_copy:
        raise GraphDegradedError(f"{lost} of {len(probes)} chunks are not found again")
    if lost:
        # Many vectors at one distance from each other: word search still finds these chunks.
        logger.warning("%d of %d probed chunks are not found by vector", lost, len(probes))
