"""What is counted while the server runs, in the form that Prometheus reads.

Numbers only: no question, no text, no name of a document or a visitor is in them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.types import Answer
from ui.chat.work import Work
from ui.server.syncing import Syncs, SyncState

__all__ = ["MEDIA_TYPE", "Metrics"]

MEDIA_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """The counters of one process."""

    def __init__(self, work: Work) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._questions = Counter(
            "footnote_questions", "Questions that were answered or declined", registry=registry
        )
        self._refusals = Counter(
            "footnote_refusals", "Questions that were declined", registry=registry
        )
        self._seconds = Histogram(
            "footnote_answer_seconds",
            "Seconds that a step of an answer took",
            ["step"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._replies = Counter(
            "footnote_http_responses", "Replies by HTTP status", ["status"], registry=registry
        )
        self._gauge("building", "1 while the index is built", lambda: work.build.state.is_active)
        self._gauge(
            "build_failed",
            "1 when the last build of the process failed",
            lambda: work.build.state.phase == "failed",
        )
        self._gauge(
            "build_documents_done",
            "Documents that the build that runs, or the last one, has done",
            lambda: work.build.state.progress.done,
        )
        self._gauge(
            "build_documents_total",
            "Documents that the build that runs, or the last one, has to do",
            lambda: work.build.state.progress.total,
        )
        self._gauge(
            "evaluating", "1 while an evaluation runs", lambda: work.evaluation.state.is_active
        )
        self._of_sources(
            "sync_failed",
            "1 when the last sync of the source failed",
            lambda state: bool(state.error),
            work,
        )
        self._of_sources(
            "sync_succeeded_timestamp_seconds",
            "When the last sync of the source by this process ended well; 0 for never",
            lambda state: state.succeeded,
            work,
        )

    def answered(self, answer: Answer) -> None:
        """Count an answer of any surface: window, API, whoever asks."""
        self._questions.inc()
        self._refusals.inc(answer.abstained)
        for step, ms in answer.timings_ms.items():
            self._seconds.labels(step).observe(ms / 1000)

    def counting(self, app: ASGIApp) -> ASGIApp:
        """Middleware that counts replies by their status."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            async def seen(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._replies.labels(message["status"]).inc()
                await send(message)

            await app(scope, receive, seen)

        return counted

    def text(self) -> bytes:
        """All of it in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _of_sources(
        self, name: str, said: str, value: Callable[[SyncState], float], work: Work
    ) -> None:
        """A number of each source that is synced by the clock, by its name in the settings."""
        gauge = Gauge(f"footnote_{name}", said, ["source"], registry=self._registry)
        for source in work.syncs.states:
            gauge.labels(source).set_function(partial(_now, work.syncs, source, value))

    def _gauge(self, name: str, said: str, value: Callable[[], float]) -> None:
        gauge = Gauge(f"footnote_{name}", said, registry=self._registry)
        gauge.set_function(value)


def _now(syncs: Syncs, source: str, value: Callable[[SyncState], float]) -> float:
    return value(syncs.states[source])
