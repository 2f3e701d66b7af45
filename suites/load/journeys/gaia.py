"""The day of those who use GAIA_GO: what watches it, who is on call, and who works with it."""

from typing import Any

from locust import task

from proveout.load.users import GuardedUser

PEOPLE = 20  # developers; each is a session, as in a team
CONFIRM = "/api/claude/confirm"
DECISIONS = {"allow", "deny", "ask"}


class Monitor(GuardedUser):
    """The machines that ask whether it is well: the load balancer, the collector of metrics."""

    @task(4)
    def looks_at_health(self) -> None:
        """Ask for the health, as a load balancer does."""
        self.ask("GET", "/health", fits=self.is_well)

    @task
    def collects_metrics(self) -> None:
        """Read the metrics from their own listener, where there is one."""
        metrics = self.beside("/metrics")
        if metrics:
            self.read(metrics, fits=are_metrics)
        else:
            self.ask("GET", "/health", fits=self.is_well)

    def is_well(self, answer: Any) -> bool:
        """Tell a health answer of this environment from any other."""
        return is_health(answer, self.order.environment)


class Operator(GuardedUser):
    """Somebody on call: opens the dashboard, looks at the quotas, and at what goes on live."""

    @task
    def looks_around(self) -> None:
        """Take one round through the dashboard."""
        self.ask("GET", "/health", fits=lambda answer: is_health(answer, self.order.environment))
        self.read("/admin/quotas", fits=lambda page: "<html" in page and "Quotas" in page)
        self.ask("GET", "/api/admin/quotas/status", fits=has_numbers("total_users", "total_commands_today"))
        self.ask("GET", "/api/admin/quotas/rules", fits=lists_rules)
        self.ask("GET", "/api/ws/health", fits=has_numbers("connected_clients", "max_connections"))


class Developer(GuardedUser):
    """Somebody who works: asks for a permission where that may be, and looks at what was decided."""

    @task
    def asks_for_a_permission(self) -> None:
        """Submit one piece of work and look at it."""
        session = f"developer-{self.number % PEOPLE:02d}"
        if self.may("POST", f"{CONFIRM}/request"):
            wish = {
                "session_id": session,
                "permission_type": "read",
                "resource_type": "file",
                "resource_path": f"/src/module_{self.number % 7}.go",
                "context": "reads a file before changing it",
            }
            self.ask("POST", f"{CONFIRM}/request", content=wish, fits=is_decided)
        self.ask(
            "GET",
            f"{CONFIRM}/history/{session}?limit=10",
            name=f"{CONFIRM}/history/{{session}}",
            fits=lambda answer: isinstance(answer, dict) and answer.get("session_id") == session,
        )
        self.ask("GET", f"{CONFIRM}/patterns", fits=lists_patterns)


def is_health(answer: Any, environment: str) -> bool:
    """Tell a health answer from any other; of another environment, where it names one."""
    return (
        isinstance(answer, dict)
        and answer.get("status") == "healthy"
        and answer.get("environment", environment) == environment
    )


def are_metrics(text: str) -> bool:
    """Tell the text of Prometheus from any other."""
    return "# TYPE " in text


def has_numbers(*names: str) -> Any:
    """Return what tells an object with these numbers from any other answer."""
    return lambda answer: (
        isinstance(answer, dict) and all(isinstance(answer.get(name), int | float) for name in names)
    )


def lists_rules(answer: Any) -> bool:
    """Tell the rules of the quotas from any other answer."""
    return isinstance(answer, dict) and isinstance(answer.get("global_rules"), list)


def lists_patterns(answer: Any) -> bool:
    """Tell the patterns of decisions from any other answer."""
    return isinstance(answer, dict) and isinstance(answer.get("patterns"), list)


def is_decided(answer: Any) -> bool:
    """Tell a decision from any other answer."""
    return isinstance(answer, dict) and answer.get("decision") in DECISIONS and bool(answer.get("request_id"))
