"""The status of every seed of the folder in the index, and how long the next build may take.

It joins what the folder, the plan and the manifest say; it reads no file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from index.builder.build import IndexState
from index.builder.plan import Plan
from index.listing import Failure
from index.store.manifest import Entry, Manifest
from index.types import Seed

__all__ = ["Kind", "SeedStatus", "build_seconds", "seed_statuses"]


Kind = Literal["new", "changed", "renamed", "removed", "failed", "partly", "indexed"]

_START_S = 2.0
_CHUNK_BYTES = 1000  # of a folder of which nothing is known yet


@dataclass(frozen=True, slots=True)
class SeedStatus:
    """A seed: what the next build does with it, or that it is indexed, failed or partly read.

    ``reason`` says why it is not, or only partly, read, or its earlier name. ``documents`` are the
    ids that it has in the index (its own and those attached to it), ``chunks`` all of theirs.
    """

    seed: str
    kind: Kind
    reason: str = ""
    size: int | None = None
    entry: Entry | None = None
    documents: tuple[str, ...] = ()
    chunks: int = 0


def seed_statuses(state: IndexState) -> tuple[SeedStatus, ...]:
    """Every seed of the folder and of the index, in the order of the ids."""
    held: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
    for name, entry in (state.manifest.documents if state.manifest else {}).items():
        held[entry.seed][name] = entry
    reasons = _reasons(state)
    found = {}
    for seed, kind, known_as in _kinds(state.plan, state.manifest, held):
        reason = "; ".join(reasons.pop(seed.id, ()))
        if known_as != seed.id:
            reason = f"was {known_as}"
        elif reason:
            kind = "partly" if held[seed.id] else "failed"  # noqa: PLW2901
        found[seed.id] = _status(seed.id, kind, reason, seed.size, held[known_as])
    for name in state.plan.removed:
        found[name] = _status(name, "removed", "", None, held[name])
    for name, why in reasons.items():  # what could not be listed
        found[name] = _status(name, "failed", "; ".join(why), None, held[name])
    return tuple(found[name] for name in sorted(found))


def build_seconds(state: IndexState, *, chunks_per_s: float) -> float:
    """About how long a build would take, from the chunks that the folder gave for its bytes."""
    plan, manifest = state.plan, state.manifest
    new_bytes = sum(seed.size for seed in (*plan.added, *plan.changed))
    known_bytes = sum(seed.size for seed in plan.unchanged)
    chunks = 0
    if manifest is not None:
        names = manifest.documents_of(seed.id for seed in plan.unchanged)
        chunks = sum(manifest.documents[name].chunks for name in names)
    chunk_bytes = known_bytes / chunks if chunks else _CHUNK_BYTES
    return _START_S + new_bytes / chunk_bytes / chunks_per_s


def _kinds(
    plan: Plan, manifest: Manifest | None, held: Mapping[str, Mapping[str, Entry]]
) -> list[tuple[Seed, Kind, str]]:
    """Each seed of the folder, what happens to it, and the id that the index knows it by."""
    kinds: list[tuple[Seed, Kind, str]] = []
    for seed in plan.added:
        kind: Kind = "new"
        if manifest is not None and seed.id in held:  # a rebuild of everything
            kind = "indexed" if manifest.seeds.get(seed.id) == seed.sha256 else "changed"
        kinds.append((seed, kind, seed.id))
    kinds += [(seed, "changed", seed.id) for seed in plan.changed]
    kinds += [(seed, "renamed", old) for old, seed in plan.renamed]
    kinds += [(seed, "indexed", seed.id) for seed in plan.unchanged]
    kinds += [(seed, "failed", seed.id) for seed in plan.unreadable]
    return kinds


def _reasons(state: IndexState) -> dict[str, list[str]]:
    """Why a seed, or a file attached to it, is not read, by the seed."""
    owners = state.manifest.failed if state.manifest else {}
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for failure in state.plan.failed:
        owner = owners.get(failure.document)
        seed = owner.seed if owner else failure.document
        reasons[seed].append(_reason(failure, seed))
    return dict(reasons)


def _reason(failure: Failure, seed: str) -> str:
    if failure.document == seed:
        return failure.reason
    return f"{failure.document.removeprefix(f'{seed}/')}: {failure.reason}"


def _status(
    seed: str, kind: Kind, reason: str, size: int | None, held: Mapping[str, Entry]
) -> SeedStatus:
    entry = held.get(seed) or next(iter(held.values()), None)
    chunks = sum(one.chunks for one in held.values())
    return SeedStatus(seed, kind, reason, size, entry, tuple(held), chunks)
