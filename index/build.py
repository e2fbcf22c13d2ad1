"""The build: from a plan to a new, verified, published generation.

The next generation is a copy of the current one plus the delta, in a new directory. Nothing
that a reader may have open is written to; the pointer is replaced last. When nothing changed,
no model is loaded and no vendor is imported.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.documents import Chunk, Document, Seed
from index.errors import (
    BuildError,
    IndexLockedError,
    IndexMismatchError,
    LoadError,
    SeedsError,
)
from index.generations import Home
from index.listing import Failure, HashMemory, list_seeds, read_seed
from index.loaders import load_document
from index.manifest import Entry, FailedEntry, Fingerprint, Manifest, fingerprint
from index.models import EMBEDDING_MODELS
from index.plan import Plan, make_plan, plan_json
from index.settings import Settings

if TYPE_CHECKING:
    from index.catalog import Catalog
    from index.chunking import Chunker
    from index.embedding import Embedder, Vectors
    from index.store import VectorStore
    from index.vectors import VectorCache

__all__ = ["Builder", "IndexReport", "IndexState", "Progress", "Tools"]

logger = logging.getLogger(__name__)

_MANIFEST = "manifest.json"
_BATCH_CHUNKS = 256
_PROBES = 20
_SAME = 0.999
# Chroma's graph loses rows when most of it is deleted at once (docs/decisions.md, 8): a build that
# removes more than this share writes all vectors anew, from the cache.
_LARGEST_DELTA = 0.2


_Loaded = tuple[Seed, "tuple[Document, list[Chunk]] | LoadError"]


@dataclass(frozen=True, slots=True)
class Tools:
    """How to get what only a build with new text needs; loading them takes seconds."""

    embedder: Callable[[], Embedder]
    chunker: Callable[[], Chunker]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: documents done of all, chunks written, the document at hand."""

    done: int
    total: int
    chunks: int
    document: str


@dataclass(frozen=True, slots=True)
class IndexState:
    """The index against the folder: "fresh", "stale", "missing" or "pinned" (after a rollback)."""

    kind: str
    manifest: Manifest | None
    plan: Plan

    def as_json(self) -> dict[str, Any]:
        """The object of ``footnote index status --json``."""
        manifest = self.manifest
        return {
            "state": self.kind,
            "generation": manifest.generation if manifest else None,
            "created": manifest.created if manifest else None,
            "documents": len(manifest.documents) if manifest else 0,
            "chunks": manifest.chunks if manifest else 0,
            **plan_json(self.plan),
        }


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a build did; the fields of ``footnote index --json``."""

    generation: str | None
    published: bool
    plan: Plan
    failed: tuple[Failure, ...]
    chunks: int
    embedded: int
    reused: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The object of ``footnote index --json``."""
        return {
            "generation": self.generation,
            "published": self.published,
            **plan_json(replace(self.plan, failed=self.failed)),
            "chunks": self.chunks,
            "embedded": self.embedded,
            "reused": self.reused,
            "seconds": round(self.seconds, 3),
        }


class Builder:
    """Keeps the index in a home equal to the documents folder.

    The tools are loaded only when there is text to cut or to embed.
    """

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._home = Home(settings.home)
        self._wanted = fingerprint(embedding=settings.embedding, chunk_tokens=settings.chunk_tokens)

    def plan(self, *, force: bool = False) -> Plan:
        """What :meth:`build` would do now; changes nothing.

        Raises:
            SeedsError: the folder cannot be listed.
        """
        return self._plan(force=force)[0]

    def _plan(self, *, force: bool) -> tuple[Plan, Manifest | None]:
        """The plan, and the record of the generation that the next one is made from, if any."""
        memory = HashMemory(self._home.hashes_path)
        max_bytes = self._settings.max_file_mb * 1_000_000
        listing = list_seeds(self._settings.seeds, memory, max_bytes=max_bytes)
        try:
            current = self._home.manifest()
        except IndexMismatchError:
            if not force:
                raise
            current = None
        plan = make_plan(listing, current, self._wanted, force=force)
        return plan, None if plan.rebuild else current

    def state(self) -> IndexState:
        """How the index stands to the folder; changes nothing and loads no model."""
        pointer = self._home.pointer()
        plan = self.plan()
        if pointer is None:
            return IndexState("missing", None, plan)
        kind = "pinned" if pointer.pinned else "fresh" if plan.is_empty else "stale"
        return IndexState(kind, self._home.manifest_of(pointer.current), plan)

    def unpin(self) -> None:
        """End a rollback: the next build follows the folder again."""
        self._home.unpin()

    def refresh(
        self, *, progress: Callable[[Progress], None] = lambda _: None, wait_s: float = 5.0
    ) -> IndexReport | None:
        """Build if the folder changed; None when questions are to be answered from what there is.

        That is after a rollback, and while another process builds.
        """
        pointer = self._home.pointer()
        if pointer is not None and pointer.pinned:
            return None
        try:
            return self.build(progress=progress, wait_s=wait_s)
        except IndexLockedError:
            if pointer is None:
                raise
            return None

    def build(
        self,
        *,
        force: bool = False,
        wait_s: float = 3600.0,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> IndexReport:
        """Bring the index up to date; does nothing when it is.

        Raises:
            SeedsError: there is nothing to index.
            IndexLockedError: another build did not end within ``wait_s`` seconds.
            BuildError: the new generation failed its verification; the old one stays.
        """
        started = time.perf_counter()
        plan, current = self._plan(force=force)
        if current is not None and plan.is_empty:
            return _nothing_done(plan, current, time.perf_counter() - started)
        if current is None and plan.rebuild is None and not plan.added:
            raise SeedsError(_nothing_to_index(self._settings.seeds, plan.failed))
        with self._home.lock(wait_s=wait_s):
            plan, current = self._plan(force=force)  # another build may have ended meanwhile
            if current is not None and plan.is_empty:
                return _nothing_done(plan, current, time.perf_counter() - started)
            self._home.clean()
            work = _Generation(self._home, self._settings, self._tools)
            try:
                manifest, failures = work.write(plan, current, self._wanted, progress)
            except _GraphDegradedError:
                work = _Generation(self._home, self._settings, self._tools, rewrites=True)
                manifest, failures = work.write(plan, current, self._wanted, progress)
            if not manifest.documents and current is None and plan.rebuild is None:
                work.discard()
                raise SeedsError(_nothing_to_index(self._settings.seeds, (*plan.failed, *failures)))
            self._home.publish(work.name, keep=self._settings.keep_generations)
        return IndexReport(
            generation=work.name,
            published=True,
            plan=_done(plan, failures),
            failed=tuple(sorted((*plan.failed, *failures))),
            chunks=manifest.chunks,
            embedded=work.embedded,
            reused=work.reused,
            seconds=time.perf_counter() - started,
        )


class _Generation:
    """A generation while it is written; what fails leaves no directory behind."""

    def __init__(
        self, home: Home, settings: Settings, tools: Tools, *, rewrites: bool = False
    ) -> None:
        self._home = home
        self._settings = settings
        self._tools = tools
        self._rewrites = rewrites
        self.name = home.create()
        self.embedded = 0
        self.reused = 0

    def write(
        self,
        plan: Plan,
        current: Manifest | None,
        wanted: Fingerprint,
        progress: Callable[[Progress], None],
    ) -> tuple[Manifest, list[Failure]]:
        """Copy, apply the delta, verify, and write the manifest."""
        from index.lexical import write_lexical
        from index.vectors import VectorCache

        model = EMBEDDING_MODELS[self._settings.embedding]
        copies = (
            not self._rewrites
            and current is not None
            and _removed_share(plan, current) <= _LARGEST_DELTA
        )
        with ExitStack() as open_files:
            open_files.callback(_discard_unless_complete, self._directory)
            cache = VectorCache(
                self._home.vectors_path, model=model.sha256, dimension=model.dimension
            )
            open_files.callback(cache.close)
            catalog, store = self._opened(open_files, current if copies else None)
            if copies and current is not None:
                self._remove_gone(plan, current, catalog, store)
                documents = {s.id: current.documents[s.id] for s in plan.unchanged}
            else:
                documents = {}
            kept = [] if copies or current is None else self._kept(plan, current, open_files)
            new = [*plan.added, *plan.changed, *(seed for _, seed in plan.renamed)]
            failures: list[Failure] = []
            failed = _still_failed(plan, current)
            batch: list[tuple[Document, list[Chunk]]] = []
            total = len(plan.unchanged) * (not copies) + len(new)
            for done, (seed, outcome) in enumerate(chain(kept, self._loaded(new)), start=1):
                if isinstance(outcome, LoadError):
                    failures.append(Failure(seed.id, str(outcome)))
                    failed[seed.id] = FailedEntry(seed.sha256, str(outcome))
                else:
                    document, chunks = outcome
                    documents[seed.id] = Entry(
                        seed.sha256, document.title, document.media_type, document.date, len(chunks)
                    )
                    batch.append((document, chunks))
                if sum(len(chunks) for _, chunks in batch) >= _BATCH_CHUNKS or done == total:
                    self._write_batch(batch, catalog, store, cache)
                    batch = []
                progress(Progress(done, total, self.embedded + self.reused, seed.id))
            catalog.commit()
            write_lexical(self._directory / "lexical", catalog.stems())
            manifest = Manifest(
                generation=self.name,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                parent=current.generation if current else None,
                fingerprint=dict(wanted),
                documents=dict(sorted(documents.items())),
                failed=failed,
            )
            _verify(manifest, catalog, store, is_copy=copies)
            manifest.write(self._directory / _MANIFEST)
        return manifest, failures

    def discard(self) -> None:
        """Remove the directory."""
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def _directory(self) -> Path:
        return self._home.directory(self.name)

    def _opened(
        self, open_files: ExitStack, copied: Manifest | None
    ) -> tuple[Catalog, VectorStore]:
        """Catalog and vectors to write to: copies of another generation's, or empty ones."""
        from index.catalog import Catalog
        from index.store import VectorStore

        if copied is not None:
            old = self._home.directory(copied.generation)
            shutil.copytree(old / "vectors", self._directory / "vectors")
            shutil.copy2(old / "catalog.db", self._directory / "catalog.db")
        catalog = Catalog(self._directory / "catalog.db", writable=True)
        open_files.callback(catalog.close)
        store = VectorStore(self._directory / "vectors", create=copied is None)
        open_files.callback(store.close)
        return catalog, store

    def _remove_gone(
        self, plan: Plan, current: Manifest, catalog: Catalog, store: VectorStore
    ) -> None:
        for name in _gone(plan):
            if name in current.documents:
                store.delete(catalog.remove(name))

    def _kept(self, plan: Plan, current: Manifest, open_files: ExitStack) -> Iterator[_Loaded]:
        """The unchanged documents as the current generation has them."""
        from index.catalog import Catalog

        old = Catalog(self._home.directory(current.generation) / "catalog.db")
        open_files.callback(old.close)
        for seed in plan.unchanged:
            yield seed, (old.document(seed.id), old.chunks_of(seed.id))

    def _loaded(self, seeds: Sequence[Seed]) -> Iterator[_Loaded]:
        """The documents of these seeds, or why they cannot be read."""
        chunker: Chunker | None = None
        for seed in seeds:
            try:
                data = read_seed(self._settings.seeds, seed)
                document = load_document(seed.id, data, seed.sha256)
                chunker = chunker or self._tools.chunker()
                yield seed, (document, chunker(document))
            except LoadError as exc:
                yield seed, exc

    def _write_batch(
        self,
        batch: Sequence[tuple[Document, list[Chunk]]],
        catalog: Catalog,
        store: VectorStore,
        cache: VectorCache,
    ) -> None:
        from index.lexical import stems

        texts = [chunk.text for _, chunks in batch for chunk in chunks]
        if not texts:
            return
        vectors, computed = cache.vectors(texts, self._embed)
        self.embedded += computed
        self.reused += len(texts) - computed
        rows: list[int] = []
        for document, chunks in batch:
            above = [" ".join((document.title, *c.heading_path, c.text)) for c in chunks]
            rows += catalog.add(document, chunks, [" ".join(stems(text)) for text in above])
        store.add(rows, vectors, [c.document_id for _, chunks in batch for c in chunks])

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return self._tools.embedder().embed(texts)


def _discard_unless_complete(directory: Path) -> None:
    """Runs last, when every file is closed: a directory without manifest is of no use."""
    if not (directory / _MANIFEST).exists():
        shutil.rmtree(directory, ignore_errors=True)


def _gone(plan: Plan) -> list[str]:
    """The documents of the current generation that the next one does not have as they are."""
    return [*plan.removed, *(s.id for s in plan.changed), *(old for old, _ in plan.renamed)]


def _removed_share(plan: Plan, current: Manifest) -> float:
    gone = sum(current.documents[name].chunks for name in _gone(plan) if name in current.documents)
    return gone / max(current.chunks, 1)


def _still_failed(plan: Plan, current: Manifest | None) -> dict[str, FailedEntry]:
    names = {failure.document for failure in plan.failed}
    return {k: v for k, v in current.failed.items() if k in names} if current else {}


class _GraphDegradedError(BuildError):
    """Chunks of a copied and changed collection are not found by their own vectors."""


def _verify(manifest: Manifest, catalog: Catalog, store: VectorStore, *, is_copy: bool) -> None:
    """Counts agree, spans give the chunks' text, and chunks are found by their own vectors."""
    counts = (manifest.chunks, catalog.count(), store.count())
    if len(set(counts)) != 1:
        raise BuildError(
            f"the new index has {counts} chunks in manifest, catalog and vectors: not published; "
            "run `footnote index --force`"
        )
    rows = catalog.rows()
    probes = rows[:: max(1, len(rows) // _PROBES)][:_PROBES]
    lost = 0
    for row, chunk in catalog.chunks(probes).items():
        if chunk.span.of(catalog.document(chunk.document_id).text) != chunk.text:
            raise BuildError(
                f"chunk {chunk.id} of the new index is not the text at its span: not published; "
                "run `footnote index --force`"
            )
        nearest = store.search(store.vector(row), 1)
        lost += not nearest or nearest[0][1] < _SAME
    if lost and is_copy:
        raise _GraphDegradedError(f"{lost} of {len(probes)} chunks are not found again")
    if lost:
        # Many vectors at one distance from each other: word search still finds these chunks.
        logger.warning("%d of %d probed chunks are not found by vector", lost, len(probes))


def _done(plan: Plan, failures: Sequence[Failure]) -> Plan:
    """The plan without the documents that turned out to be unreadable."""
    names = {failure.document for failure in failures}
    return replace(
        plan,
        added=tuple(seed for seed in plan.added if seed.id not in names),
        changed=tuple(seed for seed in plan.changed if seed.id not in names),
    )


def _nothing_done(plan: Plan, current: Manifest, seconds: float) -> IndexReport:
    return IndexReport(
        generation=current.generation,
        published=False,
        plan=plan,
        failed=plan.failed,
        chunks=current.chunks,
        embedded=0,
        reused=0,
        seconds=seconds,
    )


def _nothing_to_index(folder: Path, failed: Sequence[Failure]) -> str:
    from index.loaders import SUPPORTED

    if not failed:
        return f"no documents in {folder}: put files there ({' '.join(SUPPORTED)})"
    reasons = "; ".join(f"{f.document}: {f.reason}" for f in failed[:3])
    more = f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
    return f"no readable document in {folder}: {reasons}{more}"
