"""The day of those who use CeesarCode: who looks for a problem, and who works on one."""

from typing import Any
from urllib.parse import quote

from locust import task

from proveout.load.users import GuardedUser


class Browsing(GuardedUser):
    """What everybody does first; the answers must be ones that the page can work with."""

    abstract = True

    def opens_the_page(self) -> list[dict[str, Any]]:
        """Open the page, which asks for the configuration and the problems; return the problems."""
        self.read("/", fits=lambda page: "CeesarCode" in page)
        self.ask("GET", "/api/config", fits=self.says_features)
        problems: list[dict[str, Any]] = self.ask("GET", "/api/problems", fits=lists_problems)
        return problems

    def chooses(self, problems: list[dict[str, Any]]) -> str:
        """Choose one of the problems and look at it; return its id."""
        chosen: str = problems[self.number % len(problems)]["ID"]
        self.ask(
            "GET",
            f"/api/problem/{quote(chosen, safe='')}",
            name="/api/problem/{id}",
            fits=lambda answer: is_problem(answer, chosen),
        )
        return chosen

    def says_features(self, answer: Any) -> bool:
        """Tell the configuration of this environment's page from any other answer."""
        return (
            isinstance(answer, dict)
            and answer.get("environment") == self.order.environment
            and isinstance(answer.get("enablePairProgramming"), bool)
        )


class Visitor(Browsing):
    """Somebody who looks around: the page, the list, one of the problems."""

    @task
    def visits(self) -> None:
        """Visit once."""
        self.ask("GET", "/api/health", fits=self.is_well)
        self.chooses(self.opens_the_page())

    def is_well(self, answer: Any) -> bool:
        """Tell a health answer of this environment from any other."""
        wanted = {"status": "healthy", "environment": self.order.environment}
        return isinstance(answer, dict) and wanted.items() <= answer.items()


class Author(Browsing):
    """Somebody who works on a problem, and runs a program where that may be."""

    @task
    def works(self) -> None:
        """Choose a problem and run one program for it."""
        self.chooses(self.opens_the_page())
        if self.may("POST", "/api/run"):
            program = {"language": "python", "files": {"Main.py": f"print(7 * {self.number})"}}
            self.ask(
                "POST",
                "/api/run",
                content=program,
                fits=lambda answer: printed(answer, str(7 * self.number)),
            )


def lists_problems(answer: Any) -> bool:
    """Tell a list of problems, of which one can be chosen, from any other answer."""
    return isinstance(answer, list) and bool(answer) and all(is_problem(entry) for entry in answer)


def is_problem(answer: Any, chosen: str | None = None) -> bool:
    """Tell a problem, or the chosen one, from any other answer."""
    if not isinstance(answer, dict) or not isinstance(answer.get("Title"), str):
        return False
    found = answer.get("ID")
    return isinstance(found, str) and bool(found) and chosen in {None, found}


def printed(answer: Any, text: str) -> bool:
    """Tell the answer of a program that ended well and printed `text` from any other."""
    if not isinstance(answer, dict) or answer.get("error"):
        return False
    result = answer.get("result")
    return isinstance(result, str) and result.strip() == text
