"""What a process does beside answering, seen by all windows: a build, an evaluation, looks.

A window asks for the mark with a small request every two seconds, and looks again when it is
another one. Timers of Gradio would be three events of some 10 ms in every window, all the time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from eval.errors import RunCancelledError
from eval.run import evaluate
from eval.store import store_run
from eval.types import Suite
from index.builder.build import IndexReport, IndexState
from index.errors import BuildCancelledError, FootnoteError
from index.status import SeedStatus, seed_statuses
from index.store.home import Home, Pointer
from index.types import Progress
from rag.assemble import Services
from ui.server.audit import AuditLog
from ui.server.syncing import Syncs

__all__ = [
    "QUESTIONS",
    "Askers",
    "BuildJob",
    "BuildState",
    "EvaluationJob",
    "FolderLook",
    "Job",
    "JobState",
    "Look",
    "RunState",
    "Work",
]

_LOG = logging.getLogger(__name__)

QUESTIONS = 4
"""So many of one visitor are answered at a time, whatever the number of windows."""

_SAID = frozenset(
    "published added changed renamed removed failed chunks embedded reused seconds".split()
)
_LOCK_WAIT_S = 5.0  # for a build of another process
_LOOK_EVERY_S = 2.0
_PAUSE = 10  # between looks, times as long as the look took


@dataclass(frozen=True, slots=True)
class JobState:
    """Where a job is; ``number`` counts those of this process, from 1.

    ``phase`` is "idle", what it is at, or its end: "done", "cancelled", "failed"; ``error`` says
    why it failed.
    """

    number: int = 0
    phase: str = "idle"
    cancelling: bool = field(default=False, kw_only=True)
    error: str = field(default="", kw_only=True)

    @property
    def is_active(self) -> bool:
        """Whether it is still running."""
        return self.phase not in {"idle", "done", "cancelled", "failed"}

    def counts(self) -> dict[str, object]:
        """What the log says of it."""
        return {"error": self.error} if self.error else {}


@dataclass(frozen=True, slots=True)
class BuildState(JobState):
    """Where a build is; ``report`` is what the last finished one did."""

    progress: Progress = field(default_factory=Progress)
    report: IndexReport | None = None

    def counts(self) -> dict[str, object]:
        """What the log says of it: numbers, and the generation."""
        said = JobState.counts(self)
        if self.report is None:
            return said
        report = self.report.as_json()
        sizes = {n: len(v) if isinstance(v, Sized) else v for n, v in report.items() if n in _SAID}
        return {"generation": report["generation"], **sizes, **said}


@dataclass(frozen=True, slots=True)
class RunState(JobState):
    """Where an evaluation is.

    ``done`` of ``total`` are documents while indexing, questions while asking. ``left_s`` is how
    many seconds the rest will take at this pace. ``run`` is the id under which it was kept.
    """

    suite: str = ""
    done: int = 0
    total: int = 0
    left_s: float | None = None
    run: str = ""


State = TypeVar("State", bound=JobState)


class Job(Generic[State]):
    """What a process does once at a time, in a thread: begun, followed, cancelled by any window.

    It belongs to the process, so it goes on when the window that began it is closed.
    """

    def __init__(self, name: str, idle: State, cancelled: FootnoteError) -> None:
        self._name = name
        self._cancelled = cancelled
        self._changing = threading.Lock()
        self._state = idle

    @property
    def state(self) -> State:
        """Where it is now."""
        return self._state

    def cancel(self) -> None:
        """End it after what it is at."""
        with self._changing:
            if self._state.is_active:
                self._state = replace(self._state, cancelling=True)

    def _start(self, first: State, work: Callable[[], Mapping[str, object]]) -> bool:
        """Begin; False when it is running. ``work`` gives the last change of the state."""
        with self._changing:
            if self._state.is_active:
                return False
            self._state = replace(first, number=self._state.number + 1)
        threading.Thread(target=self._run, args=(work,), daemon=True).start()
        return True

    def _run(self, work: Callable[[], Mapping[str, object]]) -> None:
        self._log("begins")
        try:
            self._change(**work())
        except type(self._cancelled):
            self._change(phase="cancelled")
        except FootnoteError as exc:
            self._change(phase="failed", error=str(exc))
        except Exception as exc:  # noqa: BLE001 - logged and said: nobody is above a thread
            _LOG.exception("the %s ended by a bug", self._name)
            name = type(exc).__name__
            self._change(phase="failed", error=f"an error in the program ({name}): see its log")
        self._log(self._state.phase)

    def _log(self, what: str) -> None:
        state = self._state
        level = logging.ERROR if what == "failed" else logging.INFO
        fields = {"number": state.number} | state.counts()
        _LOG.log(level, "%s %s", self._name, what, extra={"fields": fields})

    def _report(self, **values: object) -> None:
        """Change the state, unless the job is to end."""
        if self._state.cancelling:
            raise self._cancelled
        self._change(**values)

    def _change(self, **values: object) -> None:
        with self._changing:
            self._state = replace(self._state, **values)  # type: ignore[arg-type]


class BuildJob(Job[BuildState]):
    """Builds the index; until it is published, everybody is answered from the one before."""

    def __init__(self) -> None:
        end = BuildCancelledError("the build was cancelled: the index is as it was")
        super().__init__("build", BuildState(), end)

    def start(self, services: Services) -> bool:
        """Begin to build; False when a build is running."""

        def build() -> Mapping[str, object]:
            report = services.builder.build(wait_s=_LOCK_WAIT_S, progress=self._follow)
            # Where the folder is what an earlier generation says already.
            services.builder.unpin()
            return {"phase": "done", "report": report}

        return self._start(BuildState(phase="building"), build)

    def refresh(self, services: Services) -> bool:
        """Begin to build where questions are not to be answered from what there is."""

        def refresh() -> Mapping[str, object]:
            report = services.builder.refresh(wait_s=_LOCK_WAIT_S, progress=self._follow)
            return {"phase": "done" if report else "idle", "report": report}

        return self._start(BuildState(phase="building"), refresh)

    def _follow(self, progress: Progress) -> None:
        self._report(progress=progress)


class EvaluationJob(Job[RunState]):
    """Runs an evaluation, over a home of its own with the model that is loaded already."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        end = RunCancelledError("the evaluation was cancelled: the next one goes on there")
        super().__init__("evaluation", RunState(), end)
        self._clock = clock
        self._asking_since = 0.0

    def start(self, services: Services, suite: Suite) -> bool:
        """Begin to evaluate; False when another evaluation is running."""

        def run() -> Mapping[str, object]:
            report = evaluate(
                services.settings,
                suite,
                embedder=services.embedder(),
                index_progress=self._follow_index,
                progress=self._follow_questions,
            )
            return {"phase": "done", "run": store_run(services.settings.home, report)}

        return self._start(RunState(phase="indexing", suite=suite.name), run)

    def _follow_index(self, progress: Progress) -> None:
        self._report(done=progress.done, total=progress.total, left_s=progress.left_s)

    def _follow_questions(self, done: int, total: int) -> None:
        """Count a question; the first one also loads what answers, so it sets no pace."""
        now = self._clock()
        if done == 1:
            self._asking_since = now
        each_s = (now - self._asking_since) / (done - 1) if done > 1 else None
        left_s = each_s * (total - done) if each_s is not None else None
        self._report(phase="asking", done=done, total=total, left_s=left_s)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of the folder; ``number`` grows when that is something else than before.

    ``state`` is None where the folder or the index cannot be read, ``error`` says why.
    """

    number: int = 0
    state: IndexState | None = None
    error: str = ""
    seeds: tuple[SeedStatus, ...] = ()


class FolderLook:
    """How the index stands to the folder, looked at when somebody asks and the last look is old.

    A look lists the folder, which takes a second for ten thousand documents; so a look serves all
    windows, and the looks together take a small share of the time.
    """

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._home = Home(services.settings.home)
        self._clock = clock
        self._one = threading.Lock()
        self._last = Look()
        self._pointer: Pointer | None = None
        self._until = 0.0

    def look(self) -> Look:
        """The last look, or a new one when that is old or another generation is current."""
        with self._one:
            if self._clock() < self._until and self._pointer == self._current():
                return self._last
            return self._look()

    @property
    def number(self) -> int:
        """The number of the last look, at once; where that is old, a new look begins."""
        is_old = self._clock() >= self._until or self._pointer != self._current()
        if is_old and not self._one.locked():
            threading.Thread(target=self.look, daemon=True).start()
        return self._last.number

    def again(self) -> Look:
        """A new look: the folder was changed."""
        with self._one:
            return self._look()

    def _look(self) -> Look:
        begun = self._clock()
        self._pointer = self._current()
        state, error = None, ""
        try:
            state = self._services.builder.state()
        except FootnoteError as exc:
            error = str(exc)
        ended = self._clock()
        self._until = ended + max(_LOOK_EVERY_S, _PAUSE * (ended - begun))
        if (state, error) != (self._last.state, self._last.error) or not self._last.number:
            found = seed_statuses(state) if state else ()
            self._last = Look(self._last.number + 1, state, error, found)
        return self._last

    def _current(self) -> Pointer | None:
        try:
            return self._home.pointer()
        except FootnoteError:
            return None


class Askers:
    """Who is being answered now: nobody takes all the places."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._asking: Counter[str] = Counter()

    @property
    def is_idle(self) -> bool:
        """Whether nobody is being answered."""
        return not self._asking

    @contextmanager
    def place(self, visitor: str) -> Iterator[bool]:
        """Whether the visitor has a place, which is theirs as long as the context is open."""
        with self._changing:
            is_free = self._asking[visitor] < QUESTIONS
            self._asking[visitor] += is_free
        try:
            yield is_free
        finally:
            with self._changing:
                self._asking[visitor] -= is_free
                if not self._asking[visitor]:
                    del self._asking[visitor]


@dataclass(frozen=True, slots=True)
class Work:
    """The one build and the one evaluation of a process, its look at the folder, who asks.

    ``audit`` keeps who changed what, ``syncs`` are the sources that are synced by the clock.
    """

    build: BuildJob
    evaluation: EvaluationJob
    folder: FolderLook
    askers: Askers
    audit: AuditLog
    syncs: Syncs

    @classmethod
    def of(cls, services: Services) -> Work:
        """Nothing is done yet."""
        build, settings = BuildJob(), services.settings
        syncs = Syncs(settings, lambda: build.refresh(services))
        audit, folder = AuditLog(settings.home), FolderLook(services)
        return cls(build, EvaluationJob(), folder, Askers(), audit, syncs)

    def mark(self) -> str:
        """A text that is another one when something has changed; it takes no time."""
        build = self.build.state
        # While it is built, the folder is listed by the build.
        seen = 0 if build.is_active else self.folder.number
        failed = [(one.failed, one.is_active) for one in self.syncs.states.values() if one.error]
        parts = (seen, build.number, build.phase, build.cancelling, build.progress, failed)
        return f"{parts} {self.evaluation.state}"
