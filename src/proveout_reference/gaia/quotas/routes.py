"""Routes: the quota rules and their status."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.gaia.http.answers import resource
from proveout_reference.gaia.http.body import read_object
from proveout_reference.gaia.http.fields import number_in_path
from proveout_reference.gaia.quotas.rules import Rules, changed_rule, new_rule
from proveout_reference.gaia.quotas.status import QuotaStatus


def quota_routes(rules: Rules, status: QuotaStatus) -> list[Route]:
    """The routes below /api/admin/quotas."""

    async def show_status(_request: Request) -> Response:
        return JSONResponse(await status.figures(), headers={"Cache-Control": "no-store"})

    async def show_rules(_request: Request) -> Response:
        return JSONResponse(await rules.all(), headers={"Cache-Control": "no-store"})

    async def create_rule(request: Request) -> Response:
        return JSONResponse(await rules.create(new_rule(await read_object(request))), 201)

    async def change_rule(request: Request) -> Response:
        rule_id = number_in_path(request, "id", "rule")
        await rules.change(rule_id, changed_rule(await read_object(request)))
        return JSONResponse({"rule_id": rule_id, "updated": True})

    async def delete_rule(request: Request) -> Response:
        await rules.delete(number_in_path(request, "id", "rule"))
        return Response(status_code=204)

    return [
        resource("/api/admin/quotas/status", GET=show_status),
        resource("/api/admin/quotas/rules", GET=show_rules, POST=create_rule),
        resource("/api/admin/quotas/rules/{id}", PUT=change_rule, DELETE=delete_rule),
    ]
