"""A user's visit to CeesarCode: started by the check in test_journey.py, with an order of its own."""

from typing import Any
from urllib.parse import quote

from proveout.load.users import Visitor

RUN_EVERY = 50  # one visitor in so many runs a program; a rare thing must not decide the 95th percentile


class CeesarVisitor(Visitor):
    """Opens the page, chooses a problem, looks at it, and now and then runs a program."""

    def visit(self, number: int) -> None:
        """Visit once; the answers must be the ones a page can work with, whatever their status says."""
        self.ask("GET", "/api/health", fits=self.is_well)
        self.ask("GET", "/api/config", fits=self.says_features)
        problems = self.ask("GET", "/api/problems", fits=lists_problems)
        chosen = problems[number % len(problems)]["ID"]
        path = f"/api/problem/{quote(chosen, safe='')}"
        self.ask("GET", path, name="/api/problem/{id}", fits=lambda answer: is_problem(answer, chosen))
        if number % RUN_EVERY == 0 and self.may("POST", "/api/run"):
            program = {"language": "python", "files": {"Main.py": f"print(7 * {number})"}}
            self.ask(
                "POST", "/api/run", content=program, fits=lambda answer: printed(answer, str(7 * number))
            )

    def is_well(self, answer: Any) -> bool:
        """Tell a health answer of this environment from any other."""
        wanted = {"status": "healthy", "environment": self.order.environment}
        return isinstance(answer, dict) and wanted.items() <= answer.items()

    def says_features(self, answer: Any) -> bool:
        """Tell the configuration of this environment's page from any other answer."""
        return (
            isinstance(answer, dict)
            and answer.get("environment") == self.order.environment
            and isinstance(answer.get("enablePairProgramming"), bool)
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
