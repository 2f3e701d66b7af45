"""Uploads: files that belong to a problem, kept in its uploads/ folder."""

import mimetypes
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive

from proveout_reference.ceesar import disk
from proveout_reference.ceesar.answers import RefusedError, resource
from proveout_reference.ceesar.body import refuse_declared_size, too_large
from proveout_reference.ceesar.names import is_safe
from proveout_reference.ceesar.problems import ProblemStore

LARGEST_UPLOAD = 5 * 1024 * 1024
_MOST_FILES = 100


class _Uploads:
    """The handlers; all of them work on one store."""

    def __init__(self, store: ProblemStore) -> None:
        self._store = store

    async def receive(self, request: Request) -> Response:
        refuse_declared_size(request, LARGEST_UPLOAD)
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise RefusedError(400, "the body must be multipart/form-data with file and problemId")
        bounded = Request(request.scope, _bounded(request.receive))
        async with bounded.form(max_files=1, max_fields=8, max_part_size=4096) as form:
            file, problem_id = form.get("file"), form.get("problemId")
            if not isinstance(file, UploadFile) or not isinstance(problem_id, str):
                raise RefusedError(400, "file and problemId are required")
            name = file.filename or ""
            content = await file.read()
        if not is_safe(name):
            raise RefusedError(400, "the file name is not acceptable")
        if not is_safe(problem_id):
            raise RefusedError(400, "the problemId is not acceptable")
        await run_in_threadpool(self._keep, problem_id, name, content)
        url = f"/api/problem/{quote(problem_id)}/files/{quote(name)}"
        return JSONResponse({"filename": name, "status": "success", "url": url})

    def _keep(self, problem_id: str, name: str, content: bytes) -> None:
        with self._store.lock:
            folder = self._store.folder_of(problem_id) / "uploads"
            folder.mkdir(exist_ok=True)
            if sum(1 for _ in folder.iterdir()) >= _MOST_FILES:
                raise RefusedError(400, f"the problem has {_MOST_FILES} files already")
            disk.write_atomically(folder / name, content)

    async def list(self, request: Request) -> Response:
        folder = self._store.folder_of(request.path_params["id"]) / "uploads"
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        answer = [
            {"name": file.name, "size": file.stat().st_size, "type": _type_of(file.name)}
            for file in files
            if is_safe(file.name) and file.is_file()
        ]
        return JSONResponse(answer)

    async def show(self, request: Request) -> Response:
        problem_id, name = request.path_params["id"], request.path_params["name"]
        path = self._store.folder_of(problem_id) / "uploads" / name
        if not is_safe(name) or not path.is_file():
            raise RefusedError(404, "there is no such file")
        # Always a download: a user's file must not run as a page of this site.
        return FileResponse(path, media_type="application/octet-stream", filename=name)

    async def delete(self, request: Request) -> Response:
        name = request.path_params["name"]
        folder = self._store.folder_of(request.path_params["id"]) / "uploads"
        if not is_safe(name):
            raise RefusedError(404, "there is no such file")
        try:
            (folder / name).unlink()
        except FileNotFoundError:
            raise RefusedError(404, "there is no such file") from None
        return JSONResponse({"status": "success"})


def upload_routes(store: ProblemStore) -> list[Route]:
    """POST /api/upload and the files of a problem."""
    uploads = _Uploads(store)
    return [
        resource("/api/upload", POST=uploads.receive),
        resource("/api/problem/{id}/files", GET=uploads.list),
        resource("/api/problem/{id}/files/{name}", GET=uploads.show, DELETE=uploads.delete),
    ]


def _type_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _bounded(receive: Receive) -> Receive:
    """The same messages, refused once they hold more than an upload may."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_UPLOAD:
            raise too_large(LARGEST_UPLOAD, unread=message.get("more_body", False))
        return message

    return counted
