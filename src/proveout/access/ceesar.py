"""CeesarCode over HTTP, in the words of its documents."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from proveout.access import moment
from proveout.access.answer import Answer, Wrong, excerpt
from proveout.access.health import Health
from proveout.access.http import Http
from proveout.model.ceesar import CeesarEnvironment
from proveout.providers.target import Target

HEALTH_FIELDS = ("status", "environment", "version", "timestamp")
MAIN_FILES = {"python": "Main.py", "javascript": "Main.js", "bash": "script.sh"}
WAITING = 5.0  # seconds granted beyond a program's own limit for starting it and answering


@dataclass(frozen=True, repr=False)
class Outcome:
    """What came of one program: its output, the error text, and how long the answer took in seconds."""

    answer: Answer
    result: str
    error: str
    seconds: float

    def __str__(self) -> str:
        return f"output {excerpt(self.result.encode())}, error {excerpt(self.error.encode())}"

    __repr__ = __str__


class Ceesar:
    """One environment of CeesarCode; every method asks it, and fails readably if the answer is not one."""

    def __init__(self, target: Target, http: Http) -> None:
        if not isinstance(target.environment, CeesarEnvironment):
            raise TypeError(f"{target.environment.id} is no environment of CeesarCode")
        self.target = target
        self.environment = target.environment
        self.http = http

    def __repr__(self) -> str:
        return f"CeesarCode at {self.target.url}"

    @staticmethod
    def clock() -> datetime:
        """Return this moment, by the clock of the machine that verifies."""
        return moment.now()

    def health(self) -> Health:
        """Return the health answer.

        Raises:
            Wrong: it is not 200, not a JSON object, or has none of the documented fields.
        """
        __tracebackhide__ = True
        answer = self.http.get("/api/health").ok()
        fields = answer.object()
        if not fields.keys() & set(HEALTH_FIELDS):
            raise Wrong(f"{answer}; expected a health answer ({', '.join(HEALTH_FIELDS)})")
        return Health(answer, fields)

    def config(self) -> dict[str, Any]:
        """Return what the environment tells its web page about its features."""
        __tracebackhide__ = True
        return self.http.get("/api/config").ok().object()

    def problems(self) -> list[dict[str, Any]]:
        """Return the problems.

        Raises:
            Wrong: the answer is not 200, not an array, or holds something that is no problem.
        """
        __tracebackhide__ = True
        answer = self.http.get("/api/problems").ok()
        found = answer.json()
        if not isinstance(found, list):
            raise Wrong(f"{answer}; expected a JSON array of problems")
        for entry in found:
            if not isinstance(entry, dict) or not entry.get("ID") or not entry.get("Title"):
                raise Wrong(f"{answer}; no problem with ID and Title: {entry!r:.80}")
        return found

    def problem(self, problem_id: str) -> dict[str, Any]:
        """Return one problem."""
        __tracebackhide__ = True
        return self.http.get(f"/api/problem/{quote(problem_id, safe='')}").ok().object()

    def while_running(self, language: str, source: str, look: Callable[[], list[str]]) -> list[str]:
        """Run a program to its end and return what `look` first saw meanwhile, if anything."""
        __tracebackhide__ = True
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(self.submit_to_run, language, source)
            seen: list[str] = []
            while not seen and not answer.done():
                seen = look()
            answer.result().ok()
        return seen

    def run(self, language: str, source: str, *, within: float | None = None) -> Outcome:
        """Run a program and return what came of it; `within` defaults to the time limit of a program.

        Raises:
            Wrong: the answer is not 200 with the texts `result` and `error`.
        """
        __tracebackhide__ = True
        answer = self.submit_to_run(language, source, within=within).ok()
        fields = answer.object()
        result, error = fields.get("result"), fields.get("error", "")
        if not isinstance(result, str) or not isinstance(error, str):
            raise Wrong(f"{answer}; expected the texts result and error")
        return Outcome(answer, result, error, answer.seconds)

    def submit_to_run(self, language: str, source: str, *, within: float | None = None) -> Answer:
        """Ask for a program to be run and return the answer as it is."""
        __tracebackhide__ = True
        limit = self.environment.limits.timeout + WAITING if within is None else within
        body = {"language": language, "files": {MAIN_FILES[language]: source}}
        return self.http.ask("POST", "/api/run", json=body, within=limit)

    def ask_pair_programmer(self, query: str) -> Answer:
        """Ask the pair-programming agent something and return its answer as it is."""
        __tracebackhide__ = True
        body: Mapping[str, object] = {
            "mode": "help",
            "problemContext": "",
            "codeContext": "",
            "language": "python",
            "history": [],
            "query": query,
        }
        return self.http.ask("POST", "/api/v1/agent/pair-programming", json=body)

    def from_origin(self, origin: str, method: str = "GET", path: str = "/api/health") -> Answer:
        """Ask as the page of another origin would; OPTIONS asks for permission to POST."""
        __tracebackhide__ = True
        headers = {"origin": origin}
        if method == "OPTIONS":
            headers |= {
                "access-control-request-method": "POST",
                "access-control-request-headers": "content-type",
            }
        return self.http.ask(method, path, headers=headers)
