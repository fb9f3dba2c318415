"""One trace from the request to the result (OpenTelemetry); off, and not imported, unless configured.

It is on where OTEL_EXPORTER_OTLP_ENDPOINT is set; the other OTEL_ variables mean what they mean everywhere.
The context goes from process to process as a W3C `traceparent`, which the run's row keeps.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

log = logging.getLogger(__name__)

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

_tracer: Any = None


def configure_tracing(app: str, env: Mapping[str, str]) -> None:
    """Send this process's spans to the collector that `env` names, as service `stockbt-<app>`."""
    global _tracer
    if not env.get(ENDPOINT):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("%s is set, but stockbt-observability[tracing] is not installed", ENDPOINT)
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"stockbt-{app}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("stockbt")


@contextmanager
def span(name: str, *, parent: str | None = None, **attributes: str | int) -> Iterator[None]:
    """Record what happens within as a span, below `parent` (a traceparent) where one is given."""
    if _tracer is None:
        yield
        return
    from opentelemetry.propagate import extract

    context = extract({"traceparent": parent}) if parent else None
    with _tracer.start_as_current_span(name, context=context, attributes=attributes):
        yield


def traceparent() -> str | None:
    """Return the present span as a W3C traceparent to hand on; None where nothing is traced."""
    if _tracer is None:
        return None
    from opentelemetry.propagate import inject

    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get("traceparent")
