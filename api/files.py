"""Files to take home: a link that is signed for one person and ten minutes, and the file behind it."""

from pathlib import Path
from typing import Any, cast

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.counters import DOWNLOADS, REFUSALS
from api.gate import ASKER
from serving.access import Grant, RefusedError
from serving.access_log import Action, Entry, note
from serving.extract_files import ExtractFile, extract_file
from serving.extract_kinds import What
from serving.extracts import ExtractError
from warehouse.settings import Settings

#: How long a link may be followed, seconds.
LINK_SECONDS = 600

_NEVER_KEPT = {"cache-control": "private, no-store"}
#: How much of an address stands in a line of the log.
_LONGEST = 200


class Files:
    """The two routes: ``/take/KIND.FORM?merchant=ID`` leads to a link, ``/files/…`` sends it.

    Both need the session: a link alone opens nothing, and neither does anybody else's session.
    """

    def __init__(self, settings: Settings, secret: str) -> None:
        self._settings = settings
        self._links = URLSafeTimedSerializer(secret, salt="link to a file")

    @property
    def routes(self) -> list[Route]:
        """The routes, for the server."""
        return [
            Route("/take/{name}", self.take),
            Route("/files/{link}/{name}", self.send),
        ]

    async def take(self, request: Request) -> Response:
        """Have the file written where it is not yet, and lead to it."""
        merchant_id, name = request.query_params.get("merchant", ""), request.path_params["name"]
        what, form = name.split(".")[0], "".join(Path(name).suffixes[:1])
        is_manifest = name.endswith(".manifest.json")
        try:
            grant = _grant(request)
            file = await run_in_threadpool(
                extract_file, self._settings, grant, merchant_id, cast(What, what), form
            )
        except (RefusedError, ExtractError) as error:
            return self._refused(request, error, merchant_id)
        self._note(grant, "link", file)
        signed = [grant.user, merchant_id, what, form, file.about["build_id"], is_manifest]
        called = file.file_name + (".manifest.json" if is_manifest else "")
        return RedirectResponse(f"/files/{self._links.dumps(signed)}/{called}", 303, _NEVER_KEPT)

    async def send(self, request: Request) -> Response:
        """Send the file, or the parts of it that are asked for."""
        merchant_id: str | None = None
        try:
            try:
                signed: list[Any] = self._links.loads(request.path_params["link"], max_age=LINK_SECONDS)
            except SignatureExpired:
                raise RefusedError(
                    "link", "This link is older than ten minutes: ask for the file again."
                ) from None
            except BadSignature:
                raise RefusedError("link", "This is no link of ours: ask for the file again.") from None
            user, merchant_id, what, form, build_id, is_manifest = signed
            grant = _grant(request)
            if grant.user != user:
                raise RefusedError("link", "This link was given to somebody else: ask for the file yourself.")
            file = await run_in_threadpool(
                extract_file, self._settings, grant, str(merchant_id), what, form, build_id
            )
        except (RefusedError, ExtractError) as error:
            return self._refused(request, error, merchant_id)
        self._note(grant, "download", file)
        DOWNLOADS.labels(what, form).inc()
        path = file.manifest if is_manifest else file.path
        called = file.file_name + (".manifest.json" if is_manifest else "")
        return FileResponse(path, headers=_NEVER_KEPT, filename=called, media_type="application/octet-stream")

    def _note(self, grant: Grant, action: Action, file: ExtractFile) -> None:
        about = file.about
        what = f"{about['what']}{file.path.suffix}"
        entry = Entry(
            grant.user, action, what, about["merchant_id"], about["build_id"], int(about["row_count"])
        )
        note(self._settings.access_log, entry)

    def _refused(self, request: Request, error: Exception, merchant_id: str | None) -> Response:
        """Say why not, and keep who tried; the link itself stays out of the log."""
        grant = _grant(request)
        where = request.url.path if request.url.path.startswith("/take/") else "/files/"
        if isinstance(error, RefusedError):
            of = None if merchant_id is None else merchant_id[:_LONGEST]
            note(self._settings.access_log, Entry(grant.user, "refused", where[:_LONGEST], of))
            REFUSALS.labels("file").inc()
        status = 403 if isinstance(error, RefusedError) else 404
        return PlainTextResponse(f"{error}\n", status, _NEVER_KEPT)


def _grant(request: Request) -> Grant:
    """Return what the one who asks may see; the gate has let nobody else through."""
    return cast(Grant, request.scope[ASKER]())
