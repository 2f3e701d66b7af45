"""Page: GET /metrics, served on a listener of its own."""

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from proveout_reference.gaia.metrics.metrics import CONTENT_TYPE, Metrics


def metrics_app(metrics: Metrics) -> ASGIApp:
    """An application that knows one path."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer: Response
        if scope["path"] != "/metrics":
            answer = JSONResponse({"error": "not found"}, 404)
        elif scope["method"] not in {"GET", "HEAD"}:
            answer = JSONResponse({"error": "method not allowed"}, 405, {"Allow": "GET, HEAD"})
        else:
            answer = Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})
        await answer(scope, receive, send)

    return serve
