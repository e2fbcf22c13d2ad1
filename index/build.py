"""The build: from a plan to a new, verified, published generation.

The next generation is a copy of the current one plus the delta, in a new directory. Nothing
that a reader may have open is written to; the pointer is replaced last. When nothing changed,
no model is loaded and no vendor is imported.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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
from index.manifest import Entry, FailedEntry, Manifest, fingerprint
from index.models import EMBEDDING_MODELS
from index.plan import Plan, make_plan, plan_json
from index.settings import Settings

if TYPE_CHECKING:
    from index.catalog import Catalog
    from index.chunking import Chunker
    from index.embedding import Embedder
    from index.store import VectorStore
    from index.vectors import VectorCache

__all__ = ["Builder", "IndexReport", "IndexState", "Progress", "Tools"]

_BATCH_CHUNKS = 256
_PROBES = 3


@dataclass(frozen=True, slots=True)
class Tools:
    """What only a build with new text needs; loading them takes seconds."""

    embedder: Embedder
    chunker: Chunker


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

    ``load_tools`` is called only when there is new text.
    """

    def __init__(self, settings: Settings, load_tools: Callable[[], Tools]) -> None:
        self._settings = settings
        self._load_tools = load_tools
        self._home = Home(settings.home)
        self._wanted = fingerprint(embedding=settings.embedding, chunk_tokens=settings.chunk_tokens)

    def plan(self, *, force: bool = False) -> Plan:
        """What :meth:`build` would do now; changes nothing.

        Raises:
            SeedsError: the folder cannot be listed.
        """
        memory = HashMemory(self._home.hashes_path)
        max_bytes = self._settings.max_file_mb * 1_000_000
        listing = list_seeds(self._settings.seeds, memory, max_bytes=max_bytes)
        try:
            current = self._home.manifest()
        except IndexMismatchError:
            if not force:
                raise
            current = None
        return make_plan(listing, current, self._wanted, force=force)

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
        plan = self.plan(force=force)
        current = None if plan.rebuild else self._home.manifest()
        if current is not None and plan.is_empty:
            return _nothing_done(plan, current, time.perf_counter() - started)
        if current is None and plan.rebuild is None and not plan.added:
            raise SeedsError(_nothing_to_index(self._settings.seeds, plan.failed))
        with self._home.lock(wait_s=wait_s):
            plan = self.plan(force=force)  # another build may have ended while we waited
            current = None if plan.rebuild else self._home.manifest()
            if current is not None and plan.is_empty:
                return _nothing_done(plan, current, time.perf_counter() - started)
            self._home.clean()
            name = self._home.create()
            work = _Generation(self._home, name, self._settings, self._load_tools)
            try:
                manifest, failures = work.write(plan, current, self._wanted, progress)
            except BaseException:
                work.close()
                shutil.rmtree(self._home.directory(name), ignore_errors=True)
                raise
            if not manifest.documents and current is None and plan.rebuild is None:
                shutil.rmtree(self._home.directory(name), ignore_errors=True)
                raise SeedsError(_nothing_to_index(self._settings.seeds, (*plan.failed, *failures)))
            self._home.publish(name, keep=self._settings.keep_generations)
        return IndexReport(
            generation=name,
            published=True,
            plan=plan,
            failed=tuple(sorted((*plan.failed, *failures))),
            chunks=manifest.chunks,
            embedded=work.embedded,
            reused=work.reused,
            seconds=time.perf_counter() - started,
        )


class _Generation:
    """A generation while it is written."""

    def __init__(
        self, home: Home, name: str, settings: Settings, load_tools: Callable[[], Tools]
    ) -> None:
        self._home = home
        self._name = name
        self._directory = home.directory(name)
        self._settings = settings
        self._load_tools = load_tools
        self._catalog: Catalog | None = None
        self._store: VectorStore | None = None
        self._cache: VectorCache | None = None
        self.embedded = 0
        self.reused = 0

    def write(
        self,
        plan: Plan,
        current: Manifest | None,
        wanted: dict[str, str | int],
        progress: Callable[[Progress], None],
    ) -> tuple[Manifest, list[Failure]]:
        """Copy, apply the delta, verify, and write the manifest."""
        from index.catalog import Catalog
        from index.lexical import write_lexical
        from index.store import VectorStore
        from index.vectors import VectorCache

        if current is not None:
            old = self._home.directory(current.generation)
            shutil.copytree(old / "vectors", self._directory / "vectors")
            shutil.copy2(old / "catalog.db", self._directory / "catalog.db")
        catalog = self._catalog = Catalog(self._directory / "catalog.db", writable=True)
        store = self._store = VectorStore(self._directory / "vectors", create=current is None)
        model = EMBEDDING_MODELS[self._settings.embedding]
        cache = self._cache = VectorCache(
            self._home.vectors_path, model=model.sha256, dimension=model.dimension
        )
        documents = dict(current.documents) if current else {}
        old_failed = current.failed if current else {}
        still_failed = {f.document for f in plan.failed}
        failed = {name: entry for name, entry in old_failed.items() if name in still_failed}
        new = [*plan.added, *plan.changed, *(seed for _, seed in plan.renamed)]
        gone = [*plan.removed, *(s.id for s in plan.changed), *(old for old, _ in plan.renamed)]
        for name in gone:
            if documents.pop(name, None) is not None:
                store.delete(catalog.remove(name))
        failures: list[Failure] = []
        batch: list[tuple[Document, list[Chunk]]] = []
        for done, (seed, outcome) in enumerate(self._loaded(new), start=1):
            if isinstance(outcome, LoadError):
                failures.append(Failure(seed.id, str(outcome)))
                failed[seed.id] = FailedEntry(seed.sha256, str(outcome))
            else:
                document, chunks = outcome
                documents[seed.id] = Entry(
                    seed.sha256, document.title, document.media_type, document.date, len(chunks)
                )
                batch.append((document, chunks))
            if sum(len(c) for _, c in batch) >= _BATCH_CHUNKS or done == len(new):
                self._write_batch(batch, catalog, store, cache)
                batch = []
            progress(Progress(done, len(new), self.embedded + self.reused, seed.id))
        catalog.commit()
        write_lexical(self._directory / "lexical", catalog.stems())
        manifest = Manifest(
            generation=self._name,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            parent=current.generation if current else None,
            fingerprint=dict(wanted),
            documents=dict(sorted(documents.items())),
            failed=failed,
        )
        _verify(manifest, catalog, store)
        manifest.write(self._directory / "manifest.json")
        self.close()
        return manifest, failures

    def close(self) -> None:
        """Close the files that are open."""
        for part in (self._catalog, self._store, self._cache):
            if part is not None:
                part.close()
        self._catalog = self._store = self._cache = None

    def _loaded(
        self, seeds: Sequence[Seed]
    ) -> Iterator[tuple[Seed, tuple[Document, list[Chunk]] | LoadError]]:
        chunker: Chunker | None = None
        for seed in seeds:
            try:
                data = read_seed(self._settings.seeds, seed)
                document = load_document(seed.id, data, seed.sha256)
                chunker = chunker or self._load_tools().chunker
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
        vectors, computed = cache.vectors(texts, self._load_tools().embedder)
        self.embedded += computed
        self.reused += len(texts) - computed
        rows: list[int] = []
        for document, chunks in batch:
            above = [" ".join((document.title, *c.heading_path, c.text)) for c in chunks]
            rows += catalog.add(document, chunks, [" ".join(stems(text)) for text in above])
        store.add(rows, vectors, [c.document_id for _, chunks in batch for c in chunks])


def _verify(manifest: Manifest, catalog: Catalog, store: VectorStore) -> None:
    """Counts agree, spans give the chunks' text, and chunks are found by their own vectors."""
    counts = (manifest.chunks, catalog.count(), store.count())
    if len(set(counts)) != 1:
        raise BuildError(
            f"the new index has {counts} chunks in manifest, catalog and vectors: not published; "
            "run `footnote index --force`"
        )
    rows = [row for row, _ in catalog.stems()]
    probes = rows[:: max(1, len(rows) // _PROBES)][:_PROBES]
    for row, chunk in catalog.chunks(probes).items():
        document = catalog.document(chunk.document_id)
        vector = store.vector(row)
        nearest = store.search(vector, 1)
        if chunk.span.of(document.text) != chunk.text or not nearest or nearest[0][1] < 0.999:
            raise BuildError(
                f"chunk {chunk.id} of the new index is not found again: not published; "
                "run `footnote index --force`"
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
