"""Page: the dashboard at /admin/quotas, three files served as they are in this package."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from proveout_reference.gaia.http.answers import Handler, resource

_FILES = {
    "/admin/quotas": ("index.html", "text/html"),
    "/admin/quotas.css": ("quotas.css", "text/css"),
    "/admin/quotas.js": ("quotas.js", "text/javascript"),
}


def page_routes() -> list[Route]:
    """The page and its two assets; no other file can be reached."""
    folder = Path(__file__).parent
    return [
        resource(path, GET=_serve((folder / name).read_bytes(), media_type))
        for path, (name, media_type) in _FILES.items()
    ]


def _serve(content: bytes, media_type: str) -> Handler:
    async def serve(_request: Request) -> Response:
        return Response(content, media_type=media_type, headers={"Cache-Control": "no-cache"})

    return serve
