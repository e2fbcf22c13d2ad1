"""The build: what a home lacks of its folder, written as a new generation and published.

The pointer is replaced last, so a build that fails changes nothing. When the folder has not
changed, no model is loaded and no vendor is imported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.builder.plan import Plan, make_plan, plan_json
from index.builder.writer import GenerationWriter, GraphDegradedError, Tools
from index.errors import (
    HomeError,
    IndexLockedError,
    IndexMismatchError,
    IndexSchemaError,
    SeedsError,
)
from index.listing import Failure, HashMemory, list_seeds, unread_by_reason
from index.settings import IndexSettings
from index.store.home import Home
from index.store.manifest import Manifest, fingerprint
from index.tracing import Trace
from index.types import Progress

__all__ = ["Builder", "IndexReport", "IndexState"]


@dataclass(frozen=True, slots=True)
class IndexState:
    """The index against the folder: "fresh", "stale", "missing" or "pinned" (after a rollback).

    ``manifest`` is None when there is no index, or one of another version of the program.
    """

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
            "unread": [
                {
                    "ending": one.ending,
                    "reason": one.reason,
                    "count": len(one.documents),
                    "documents": list(one.documents),
                }
                for one in unread_by_reason(self.plan.failed)
            ],
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

    def __init__(self, settings: IndexSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._home = Home(settings.home, self._forget)
        self._wanted = fingerprint(settings)

    def _forget(self, generation: Path) -> None:
        """Remove the vectors of a generation where they are not in its directory."""
        from index.store.collection import remove_collection

        remove_collection(generation / "vectors", self._settings.chroma_server)

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
        other_schema = None
        try:
            current = self._home.manifest()
        except IndexSchemaError as exc:
            current, other_schema = None, str(exc)
        except IndexMismatchError:
            if not force:
                raise
            current = None
        limits = self._settings.load_limits
        plan = make_plan(listing, current, self._wanted, limits=limits, force=force)
        if other_schema is not None:
            plan = replace(plan, rebuild=other_schema)
        return plan, None if plan.rebuild else current

    def state(self) -> IndexState:
        """How the index stands to the folder; changes nothing and loads no model."""
        pointer = self._home.pointer()
        plan = self.plan()
        if pointer is None:
            return IndexState("missing", None, plan)
        kind = "pinned" if pointer.pinned else "fresh" if plan.is_empty else "stale"
        try:
            manifest = self._home.manifest_of(pointer.current)
        except IndexSchemaError:
            manifest = None
        return IndexState(kind, manifest, plan)

    def unpin(self) -> None:
        """End a rollback: the next build follows the folder again."""
        self._home.unpin()

    def refresh(
        self, *, progress: Callable[[Progress], None] = lambda _: None, wait_s: float = 5.0
    ) -> IndexReport | None:
        """Build if the folder changed; None when questions are to be answered from what there is.

        That is after a rollback, while another process builds, and when the home is full or
        read-only.
        """
        pointer = self._home.pointer()
        if pointer is not None and pointer.pinned:
            return None
        try:
            return self.build(progress=progress, wait_s=wait_s)
        except (IndexLockedError, HomeError):
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
        with Trace("build") as trace:
            report = self._build(force, wait_s, progress, trace)
            trace.note(
                published=report.published,
                added=len(report.plan.added),
                changed=len(report.plan.changed),
                removed=len(report.plan.removed),
                failed=len(report.failed),
                chunks=report.chunks,
                embedded=report.embedded,
                reused=report.reused,
            )
        return report

    def _build(
        self, force: bool, wait_s: float, progress: Callable[[Progress], None], trace: Trace
    ) -> IndexReport:
        started = time.perf_counter()
        seen = self._home.pointer()
        plan, current = self._plan(force=force)
        trace.lap("plan")
        if current is not None and plan.is_empty:
            return _nothing_done(plan, current, time.perf_counter() - started)
        if current is None and plan.rebuild is None and not plan.added:
            raise SeedsError(_nothing_to_index(self._settings.seeds, plan.failed))
        with self._home.lock(wait_s=wait_s):
            if self._home.pointer() != seen:  # another build has ended meanwhile
                plan, current = self._plan(force=force)
                if current is not None and plan.is_empty:
                    return _nothing_done(plan, current, time.perf_counter() - started)
            self._home.clean()
            trace.lap("wait")
            writer = GenerationWriter(self._home, self._settings, self._tools)
            try:
                manifest = writer.write(plan, current, self._wanted, progress)
            except GraphDegradedError:
                writer = GenerationWriter(self._home, self._settings, self._tools, rewrites=True)
                manifest = writer.write(plan, current, self._wanted, progress)
            trace.lap("write")
            failed = tuple(sorted((*plan.failed, *writer.failures)))
            if not manifest.documents and current is None and plan.rebuild is None:
                writer.discard()
                raise SeedsError(_nothing_to_index(self._settings.seeds, failed))
            self._home.publish(writer.name, keep=self._settings.keep_generations)
            trace.lap("publish")
        return IndexReport(
            generation=writer.name,
            published=True,
            plan=_done(plan, manifest),
            failed=failed,
            chunks=manifest.chunks,
            embedded=writer.embedded,
            reused=writer.reused,
            seconds=time.perf_counter() - started,
        )


def _done(plan: Plan, manifest: Manifest) -> Plan:
    """The plan without the seeds that turned out to be unreadable."""
    held = {entry.seed for entry in manifest.documents.values()}
    return replace(
        plan,
        added=tuple(seed for seed in plan.added if seed.id in held),
        changed=tuple(seed for seed in plan.changed if seed.id in held),
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
        return (
            f"no documents in {folder}: put files there ({' '.join(SUPPORTED)}), or try the "
            "samples (`footnote samples`)"
        )
    reasons = "; ".join(f"{f.document}: {f.reason}" for f in failed[:3])
    more = f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
    return f"no readable document in {folder}: {reasons}{more}"
