"""Metrics for Prometheus, and a readiness probe that means "caught up and able to vote"."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

STALLED_SECONDS: Final = 300.0
"""The main loop never takes longer for one cycle, so after this it hangs: not alive any more."""
_STAGES: Final = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600)


@dataclass(frozen=True)
class Reason:
    """Why the node is not ready, or would like attention: a kebab-case code and a sentence."""

    code: str
    message: str


@dataclass
class Readiness:
    """The main loop's latest word on whether it is caught up and able to vote. Safe for several threads."""

    _reasons: tuple[Reason, ...] = (Reason("starting", "the node has not finished its first cycle"),)
    _details: Mapping[str, Any] = field(default_factory=dict)
    _beat: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def set(self, reasons: tuple[Reason, ...], details: Mapping[str, Any]) -> None:
        """Replace the verdict: ready iff there is no reason against it."""
        with self._lock:
            self._reasons, self._details = reasons, dict(details)

    def beat(self) -> None:
        """Say that the main loop runs."""
        with self._lock:
            self._beat = time.monotonic()

    def live(self) -> bool:
        """Whether the main loop runs."""
        with self._lock:
            return time.monotonic() - self._beat < STALLED_SECONDS

    def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether the node is ready, and the JSON that says why (not)."""
        stalled = () if self.live() else (Reason("stalled", "the main loop hangs"),)
        with self._lock:
            reasons = [vars(reason) for reason in (*stalled, *self._reasons)]
            body = {"schema": "assay/ready/1", "ready": not reasons, "reasons": reasons, "details": dict(self._details)}
            return not reasons, body


class Telemetry:
    """Every number that the node publishes, and the endpoint that publishes them."""

    def __init__(self) -> None:
        """Create all metrics at zero; nothing listens yet."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.readiness = Readiness()
        self._server: ThreadingHTTPServer | None = None

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"assay_{name}", text, labels, registry=self.registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"assay_{name}", text, labels, registry=self.registry)

        self.block_height = gauge("block_height", "Newest block whose state was handled")
        self.block_lag = gauge("block_lag", "Blocks between the chain's newest settled block and the one handled")
        self.ready = gauge("ready", "1 when caught up and able to vote")
        self.watched = gauge("audits_watched", "Audits that may still ask something of this node")
        self.stake_free = gauge("stake_free", "Free stake, in tokens")
        self.stake_locked = gauge("stake_locked", "Stake bonded to open audits, in tokens")
        self.stake_minimum = gauge("stake_minimum", "Free stake that an active seat needs, in tokens")
        self.seat_active = gauge("seat_active", "1 when the seat can be drawn")
        self.strikes = gauge("strikes", "Consecutive audits missed as unavailable")
        self.owed = gauge("owed", "What can be withdrawn, in tokens")
        self.enforced = gauge("sandbox_enforced", "1 when the platform enforces this limit on workers", "limit")
        self.worker_healthy = gauge("worker_healthy", "1 when a worker is warm or busy")
        self.votes = counter("votes", "Commitments that landed", "verdict")
        self.transactions = counter("transactions", "Transactions by duty and outcome", "duty", "outcome")
        self.errors = counter("errors", "What went wrong, by whose fault it is", "culprit", "code")
        self.alarms = counter("alarms", "Things that an operator must look at at once", "code")
        self.stage_seconds = Histogram(
            "assay_stage_seconds", "Duration of a stage", ["stage"], buckets=_STAGES, registry=self.registry
        )

    def observe(self, stage: str, seconds: float) -> None:
        """Record how long a stage took."""
        self.stage_seconds.labels(stage).observe(seconds)

    def listen(self, host: str, port: int) -> int:
        """Serve `/metrics`, `/ready` and `/live` from a thread; returns the port.

        Raises:
            OSError: The address cannot be had.
        """
        telemetry = self

        class Handler(_Handler):
            owner = telemetry

        self._server = ThreadingHTTPServer((host, port), Handler)
        threading.Thread(target=self._server.serve_forever, name="telemetry", daemon=True).start()
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: Telemetry
    timeout = 10  # an idle connection does not hold a thread for ever

    def do_GET(self) -> None:
        """Answer one request."""
        match self.path:
            case "/metrics":
                self._reply(200, CONTENT_TYPE_LATEST, generate_latest(self.owner.registry))
            case "/ready":
                ready, body = self.owner.readiness.report()
                self._reply(200 if ready else 503, "application/json", json.dumps(body).encode())
            case "/live":
                live = self.owner.readiness.live()
                self._reply(200 if live else 503, "application/json", json.dumps({"live": live}).encode())
            case _:
                self._reply(404, "text/plain", b"/metrics, /ready or /live\n")

    def log_message(self, *_: object) -> None:
        """Stay silent: probes would flood the log."""

    def _reply(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
