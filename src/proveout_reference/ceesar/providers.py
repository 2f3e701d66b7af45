"""Providers: the clients of the AI services, one request and one text answer each."""

from collections.abc import Callable
from typing import Any

from proveout_reference.ceesar.answers import RefusedError
from proveout_reference.ceesar.body import parse_json
from proveout_reference.ceesar.log import Log
from proveout_reference.ceesar.settings import Settings

_SECONDS = 15.0
_LARGEST_ANSWER = 1024 * 1024
_LONGEST_ANSWER_TOKENS = 2048

_MODELS = {"gemini": "gemini-2.5-flash", "openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}
_READ_ANSWER: dict[str, Callable[[Any], Any]] = {
    "gemini": lambda answer: answer["candidates"][0]["content"]["parts"][0]["text"],
    "openai": lambda answer: answer["choices"][0]["message"]["content"],
    "anthropic": lambda answer: answer["content"][0]["text"],
}


class Providers:
    """Asks the provider of a request; each use is counted in the log, with the environment's name."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log

    async def ask(self, provider: str, key: str, prompt: str) -> str:
        """The provider's answer to `prompt`. Refuses with 502 when there is none that can be used."""
        url, headers, body = _request(provider, self._settings.base_urls[provider], key, prompt)
        try:
            raw = await fetch("POST", url, headers=headers, json=body)
            text = _READ_ANSWER[provider](parse_json(raw))
        except FetchFailedError as error:
            self._record(provider, str(error))
            raise RefusedError(502, f"the provider {provider} failed: {error}") from None
        except (RefusedError, KeyError, IndexError, TypeError):
            self._record(provider, "answer not understood")
            raise RefusedError(
                502, f"the provider {provider} gave an answer that was not understood"
            ) from None
        self._record(provider, "answered")
        return str(text)

    def _record(self, provider: str, outcome: str) -> None:
        record = self._log.info if outcome == "answered" else self._log.warning
        record("ai request", environment=self._settings.app_env, provider=provider, outcome=outcome)


class FetchFailedError(Exception):
    """A request to another server failed; the text holds neither URL nor key."""


async def fetch(method: str, url: str, **request: Any) -> bytes:
    """The body of a successful answer, of bounded size, within a short time. Raises FetchFailedError."""
    import httpx  # noqa: PLC0415  a quarter of the start-up time, and most servers never ask a provider

    try:
        async with (
            httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client,
            client.stream(method, url, **request) as answer,
        ):
            if not answer.is_success:
                raise FetchFailedError(f"it answered with status {answer.status_code}")
            body = b""
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _LARGEST_ANSWER:
                    raise FetchFailedError("its answer is too large")
            return body
    except httpx.TimeoutException:
        raise FetchFailedError(f"it did not answer within {_SECONDS:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        raise FetchFailedError("it cannot be reached") from None


def _request(provider: str, base: str, key: str, prompt: str) -> tuple[str, dict[str, str], dict[str, Any]]:
    model = _MODELS[provider]
    messages = [{"role": "user", "content": prompt}]
    if provider == "gemini":
        body: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": prompt}]}]}
        return f"{base}/v1beta/models/{model}:generateContent", {"x-goog-api-key": key}, body
    if provider == "openai":
        return (
            f"{base}/v1/chat/completions",
            {"Authorization": f"Bearer {key}"},
            {"model": model, "messages": messages},
        )
    body = {"model": model, "max_tokens": _LONGEST_ANSWER_TOKENS, "messages": messages}
    return f"{base}/v1/messages", {"x-api-key": key, "anthropic-version": "2023-06-01"}, body
