"""What a build would do: the difference between the folder and the current generation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from index.listing import Failure, Listing
from index.store.manifest import Fingerprint, Manifest
from index.types import Seed

__all__ = ["Plan", "make_plan", "plan_json"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Seeds by what happens to them; ``renamed`` holds (old id, seed).

    ``failed`` names what cannot be listed and what failed before in the same bytes; ``unreadable``
    are the seeds of the latter that gave no document at all. ``rebuild`` says why nothing of the
    current generation can be used, or is None.
    """

    added: tuple[Seed, ...] = ()
    changed: tuple[Seed, ...] = ()
    renamed: tuple[tuple[str, Seed], ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[Seed, ...] = ()
    unreadable: tuple[Seed, ...] = ()
    failed: tuple[Failure, ...] = ()
    rebuild: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the current generation already says what the folder says."""
        return not (any(self.counts.values()) or self.rebuild)

    @property
    def counts(self) -> dict[str, int]:
        """How many seeds are "added", "changed", "renamed" and "removed"."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "renamed": len(self.renamed),
            "removed": len(self.removed),
        }


def make_plan(
    listing: Listing,
    current: Manifest | None,
    wanted: Fingerprint,
    *,
    limits: str = "",
    force: bool = False,
) -> Plan:
    """Compare the folder with the current generation, by content.

    A file that exceeded other limits than ``limits`` is tried again; one with pictures where they
    are to be read now.

    With ``force``, another fingerprint or no generation at all, every seed is added.
    """
    if current is None:
        return Plan(added=listing.seeds, failed=listing.failures)
    reason = _rebuild_reason(current.fingerprint, wanted, force=force)
    if reason is not None:
        held = {entry.seed for entry in current.documents.values()}
        gone = held - {seed.id for seed in listing.seeds}
        return Plan(
            added=listing.seeds,
            removed=tuple(sorted(gone)),
            failed=listing.failures,
            rebuild=reason,
        )
    held = {entry.seed for entry in current.documents.values()}
    reads_pictures = _begins_to_read_pictures(current.fingerprint, wanted)
    retried = {
        v.seed
        for v in current.failed.values()
        if v.limits not in (None, limits) or (reads_pictures and v.pictures)
    }
    added: list[Seed] = []
    changed: list[Seed] = []
    same: list[Seed] = []
    for seed in listing.seeds:
        if current.seeds.get(seed.id) != seed.sha256 or seed.id in retried:
            (changed if seed.id in held else added).append(seed)
        else:
            same.append(seed)
    names = {seed.id for seed in same}
    known = [Failure(k, v.reason, v.pictures) for k, v in current.failed.items() if v.seed in names]
    gone = held - {seed.id for seed in listing.seeds}
    renamed = _renamed(added, gone, current)
    new_names = {seed.id for _, seed in renamed}
    return Plan(
        added=tuple(seed for seed in added if seed.id not in new_names),
        changed=tuple(changed),
        renamed=tuple(renamed),
        removed=tuple(sorted(gone - {old for old, _ in renamed})),
        unchanged=tuple(seed for seed in same if seed.id in held),
        unreadable=tuple(seed for seed in same if seed.id not in held),
        failed=tuple(sorted({*listing.failures, *known})),
    )


def _renamed(added: list[Seed], gone: set[str], current: Manifest) -> list[tuple[str, Seed]]:
    """Pairs of a seed that went and one that came with the same bytes."""
    old_by_hash: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(gone, reverse=True):
        old_by_hash[current.seeds[name]].append(name)
    return [(old_by_hash[s.sha256].pop(), s) for s in added if old_by_hash[s.sha256]]


def _begins_to_read_pictures(built: Fingerprint, wanted: Fingerprint) -> bool:
    """Whether pictures are read from now on: the text of all else is what it was."""
    return wanted.get("ocr") is True and not built.get("ocr")


def _rebuild_reason(built: Fingerprint, wanted: Fingerprint, *, force: bool) -> str | None:
    for key in sorted({*built, *wanted}):
        if key == "ocr" and _begins_to_read_pictures(built, wanted):
            continue
        if built.get(key) != wanted.get(key):
            return f"{key} was {built.get(key)}, is now {wanted.get(key)}"
    return "asked for with --force" if force else None


def plan_json(plan: Plan) -> dict[str, Any]:
    """The part of ``footnote index --json`` that says what happens to the documents."""
    return {
        "added": [seed.id for seed in plan.added],
        "changed": [seed.id for seed in plan.changed],
        "renamed": [{"from": old, "to": seed.id} for old, seed in plan.renamed],
        "removed": list(plan.removed),
        "unchanged": len(plan.unchanged),
        "failed": [{"document": f.document, "reason": f.reason} for f in plan.failed],
        "rebuild": plan.rebuild,
    }
