"""Traces by OpenTelemetry: what an answer or a build did when; nothing until :func:`start_tracing`.

No question, answer, document or name of a file is in them. The provider is one of our own, not
that of the process: FastAPI and the MCP SDK write paths, query strings and messages of errors into
spans of that one.
"""

from __future__ import annotations

import os
import time
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

__all__ = ["REQUEST", "Request", "Trace", "start_tracing"]

_PREFIX = "OTEL_EXPORTER_OTLP_"
_HTTP = "http/protobuf"
_tracers: list[Tracer] = []  # the one of this process, once there is one


@dataclass(frozen=True, slots=True)
class Request:
    """The request that is answered: its id, and the trace of its client (W3C ``traceparent``)."""

    id: str
    traceparent: str = ""


REQUEST: ContextVar[Request | None] = ContextVar("request", default=None)
"""Set for as long as a request is answered, also in the threads that answer it."""


def start_tracing() -> bool:
    """Send traces to the OTLP endpoint that ``OTEL_*`` name; False where they name none.

    Raises:
        SettingsError: the packages for that protocol are not installed.
    """
    named = any(os.environ.get(f"{_PREFIX}{name}") for name in ("TRACES_ENDPOINT", "ENDPOINT"))
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if not named or is_off or os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return False
    if not _tracers:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        name = os.environ.get("OTEL_SERVICE_NAME", "footnote")
        provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
        provider.add_span_processor(BatchSpanProcessor(_exporter()))
        _tracers.append(provider.get_tracer("footnote", version("footnote-rag")))
    return True


def _exporter() -> SpanExporter:
    protocol = os.environ.get(f"{_PREFIX}TRACES_PROTOCOL") or os.environ.get(f"{_PREFIX}PROTOCOL")
    if protocol in {None, "", "grpc"}:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter()
    if protocol != _HTTP:
        raise SettingsError(f"{_PREFIX}PROTOCOL is {protocol!r}: take grpc or {_HTTP}")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as Http
    except ImportError:
        package = "opentelemetry-exporter-otlp-proto-http"
        raise SettingsError(f"OTLP by {_HTTP} needs: pip install {package}") from None
    exporter: SpanExporter = Http()
    return exporter


class Trace:
    """What one answer or one build does, part after part; it is sent when its context ends.

    It may be open in a generator: nothing is set for the thread that runs it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._request = REQUEST.get()
        self._began = self._lap = time.time_ns()
        self._parts: list[tuple[str, int, int]] = []
        self._values: dict[str, str | int | float | bool] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Send it; of an error the kind only, for its message may quote a document."""
        if _tracers:
            self._send(_tracers[0], kind)

    def lap(self, name: str) -> None:
        """The part that began with the end of the one before is over."""
        began, self._lap = self._lap, time.time_ns()
        self._parts.append((name, began, self._lap))

    def part(self, name: str, ms: float) -> None:
        """A part that took so long is over now."""
        self._lap = time.time_ns()
        self._parts.append((name, self._lap - round(ms * 1e6), self._lap))

    def note(self, **values: str | float | bool) -> None:
        """Numbers, and names that the program gave."""
        self._values.update({f"footnote.{name}": value for name, value in values.items()})

    def _send(self, tracer: Tracer, kind: type[BaseException] | None) -> None:
        from opentelemetry.trace import StatusCode, set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        request = self._request or Request("")
        if request.id:
            self.note(request_id=request.id)
        parent = TraceContextTextMapPropagator().extract({"traceparent": request.traceparent})
        values = self._values
        span = tracer.start_span(self._name, parent, attributes=values, start_time=self._began)
        if kind is GeneratorExit:
            span.set_attribute("footnote.client_left", True)
        elif kind is not None:
            span.set_attribute("error.type", kind.__qualname__)
            span.set_status(StatusCode.ERROR)
        inside = set_span_in_context(span, parent)
        for name, began, ended in self._parts:
            tracer.start_span(name, inside, start_time=began).end(ended)
        span.end()
