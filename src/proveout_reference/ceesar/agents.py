"""Agents: pair programming, system design and the making of problems, with or without an AI provider."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.ceesar.answers import Handler, RefusedError, resource
from proveout_reference.ceesar.body import parse_json, read_object, text_field
from proveout_reference.ceesar.log import Log
from proveout_reference.ceesar.providers import Providers
from proveout_reference.ceesar.rate import Rate
from proveout_reference.ceesar.settings import KEY_NAMES, PROVIDERS, Settings
from proveout_reference.ceesar.web_search import search_web

_CONTEXT = ("mode", "problemContext", "codeContext", "language")
_LONGEST_CONTEXT = 20000
_HELP = {
    "pair programming": (
        "I can help without an AI provider only in general: read the statement again, write down one small "
        "example with its answer, solve it by hand, then turn those steps into code and test the edges: "
        "empty input, one element, equal elements, the largest size."
    ),
    "system design": (
        "I can help without an AI provider only in general: state the use cases and their load, sketch the "
        "data and the interfaces, place the parts, find the bottleneck, then say what happens when each "
        "part fails."
    ),
}
_EXPLANATION = "A general method: requirements, load, data, interfaces, parts, bottlenecks, failures."


class _Agents:
    """The handlers; they share one provider client and one rate."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._providers = Providers(settings, log)
        self._rate = Rate(settings.ai_requests_per_minute)

    def assistant(self, subject: str, *, enabled: bool) -> Handler:
        """The handler of one assistant."""

        async def serve(request: Request) -> Response:
            if not enabled:
                message = f"the {subject} agent is switched off in this environment"
                return JSONResponse({"status": "error", "message": message}, status_code=503)
            body = await read_object(request)
            query = text_field(body, "query")
            if not query.strip():
                raise RefusedError(400, "Query is required")
            provider, key = self._provider_of(body)
            self._rate.take()
            content = _HELP[subject]
            if key:
                content = await self._providers.ask(provider, key, _prompt(subject, query, body))
            answer: dict[str, Any] = {
                "status": "success",
                "messages": [{"role": "assistant", "content": content}],
            }
            if subject == "system design":
                answer["explanation"] = content if key else _EXPLANATION
            return JSONResponse(answer)

        return serve

    async def generate(self, request: Request) -> Response:
        """Makes problems in the style of a company's interviews."""
        body = await read_object(request)
        wish = {name: text_field(body, name, required=True) for name in ("company", "role", "level")}
        provider, key = self._provider_of(body)
        if not key:
            raise RefusedError(
                400, f"{KEY_NAMES[provider]} is not set: problems cannot be generated without it"
            )
        self._rate.take()
        words = f"{wish['company']} {wish['role']} {wish['level']} interview questions"
        found = await search_web(self._settings, self._log, words)
        text = await self._providers.ask(provider, key, _generation_prompt(wish, found))
        problems = _problems_in(text)
        message = f"generated {len(problems)} problems"
        return JSONResponse({"status": "success", "problems": problems, "message": message})

    def _provider_of(self, body: dict[str, Any]) -> tuple[str, str]:
        """The provider of a request and its key, empty when there is none: the client's own comes first."""
        provider = text_field(body, "provider").lower() or self._settings.default_ai_provider
        if provider not in PROVIDERS:
            raise RefusedError(400, f"unknown provider; known are {', '.join(PROVIDERS)}")
        own = text_field(body, "apiKey").strip()
        if not own.isascii() or not own.isprintable():
            raise RefusedError(400, "apiKey is not acceptable")
        return provider, own or self._settings.keys[provider]


def agent_routes(settings: Settings, log: Log) -> list[Route]:
    """The two assistants and the generator of problems."""
    agents = _Agents(settings, log)
    pair = agents.assistant("pair programming", enabled=settings.enable_pair_programming)
    design = agents.assistant("system design", enabled=settings.enable_system_design_agent)
    return [
        resource("/api/v1/agent/pair-programming", POST=pair),
        resource("/api/v1/agent/system-design", POST=design),
        resource("/api/agent/generate", POST=agents.generate),
    ]


def _prompt(subject: str, query: str, body: dict[str, Any]) -> str:
    context = [f"{name}: {json.dumps(body[name], ensure_ascii=False)}" for name in _CONTEXT if body.get(name)]
    history = f"history: {json.dumps(body['history'], ensure_ascii=False)}" if body.get("history") else ""
    whole = "\n".join([*context, history])[:_LONGEST_CONTEXT]
    return f"You are a {subject} assistant in an online judge. Be brief.\n{whole}\nquestion: {query}"


def _generation_prompt(wish: dict[str, str], found: str) -> str:
    return (
        f"Write two original programming problems for a {wish['level']} {wish['role']} at {wish['company']}. "
        "Answer with a JSON array only; each item has Title, Statement, Languages and Stub.\n"
        + (f"Background:\n{found}" if found else "")
    )


def _problems_in(text: str) -> list[Any]:
    """The JSON array in a provider's answer, which often wraps it in a code block."""
    start, end = text.find("["), text.rfind("]")
    try:
        problems = parse_json(text[start : end + 1].encode("utf-8", "replace"))
    except RefusedError:
        problems = None
    if not isinstance(problems, list):
        raise RefusedError(502, "the provider's answer holds no problems")
    return problems
