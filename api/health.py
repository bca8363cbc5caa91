"""How the server and what it shows are doing: ``/healthz`` for people, ``/metrics`` for Prometheus."""

import fcntl
import shutil
from datetime import UTC, datetime
from typing import Any, cast

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from api.counters import AUDIT_WARNINGS, DISK_FREE, PUBLISHED_AGE, REFUSALS, REGISTRY
from api.gate import ASKER
from serving import health
from serving.access import THIS_MACHINE, Grant
from serving.published import Published
from warehouse.settings import Settings


class Health:
    """The two routes, for operators, and for this machine where nobody signs in."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def routes(self) -> list[Route]:
        """The routes, for the server."""
        return [Route("/healthz", self.healthz), Route("/metrics", self.metrics)]

    async def healthz(self, request: Request) -> Response:
        """Tell how old the published build is, what its audit found, how full the disk is, who builds."""
        if refusal := _refused(request):
            return refusal
        return JSONResponse(
            await run_in_threadpool(measure, self._settings), headers={"cache-control": "no-store"}
        )

    async def metrics(self, request: Request) -> Response:
        """Give the counters, and the same measures as numbers."""
        if refusal := _refused(request):
            return refusal
        found = await run_in_threadpool(measure, self._settings)
        PUBLISHED_AGE.set(found["published_age_seconds"] or 0)
        AUDIT_WARNINGS.set(found["audit_unmet_count"] or 0)
        DISK_FREE.set(found["disk_free_bytes"])
        return Response(generate_latest(REGISTRY), headers={"content-type": CONTENT_TYPE_LATEST})


def measure(settings: Settings) -> dict[str, Any]:
    """Return the build that is shown, its age, what its audit did not find met, the disk, and who builds.

    Ages are seconds; what is not known is null.
    """
    file = settings.published_file()
    found: dict[str, Any] = {"build_id": None, "published_age_seconds": None, "audit_unmet_count": None}
    if file is not None:
        published = Published(file)
        shown = published.build["published_at"]
        found = {
            "build_id": file.stem,
            "published_age_seconds": None if shown is None else (datetime.now(UTC) - shown).total_seconds(),
            "audit_unmet_count": int((~health.audit(published)["is_met"]).sum()),
        }
    return found | {
        "disk_free_bytes": shutil.disk_usage(settings.home).free,
        "is_being_built": _is_held(settings),
    }


def _is_held(settings: Settings) -> bool:
    lock = settings.home / "line.lock"
    if not lock.exists():
        return False
    with lock.open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)  # let go at once, by closing it
        except BlockingIOError:
            return True
    return False


def _refused(request: Request) -> Response | None:
    grant = cast(Grant, request.scope[ASKER]())
    if grant.sees_operations or grant == THIS_MACHINE:
        return None
    REFUSALS.labels("no_operator").inc()
    return PlainTextResponse("This is for operators.\n", 403, {"cache-control": "no-store"})
