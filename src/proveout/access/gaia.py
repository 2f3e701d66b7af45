"""GAIA_GO over HTTP, in the words of its documents."""

from proveout.access.answer import Answer, Unknowable, Wrong
from proveout.access.health import Health
from proveout.access.http import Http
from proveout.model.gaia import GaiaEnvironment
from proveout.providers.target import Target

HEALTH = "/health"


class Gaia:
    """One environment of GAIA_GO; every method asks it, and fails readably if the answer is not one."""

    def __init__(self, target: Target, http: Http) -> None:
        if not isinstance(target.environment, GaiaEnvironment):
            raise TypeError(f"{target.environment.id} is no environment of GAIA_GO")
        self.target = target
        self.environment = target.environment
        self.http = http

    def health(self) -> Health:
        """Return the health answer.

        Raises:
            Wrong: it is not 200, or not a JSON object with a status.
        """
        __tracebackhide__ = True
        answer = self.http.get(HEALTH).ok()
        fields = answer.object()
        if "status" not in fields:
            raise Wrong(f"{answer}; expected a health answer (status)")
        return Health(answer, fields)

    def plain_health(self) -> Health:
        """Return the health answer over HTTP without encryption; see `health` for errors.

        Raises:
            Unknowable: the target is reached over HTTPS only.
        """
        __tracebackhide__ = True
        if not self.http.url.startswith("http://"):
            raise Unknowable(f"the target is reached by {self.http.url}: give --env-url=http://... instead")
        return self.health()

    def provoke(self) -> Answer:
        """Ask what the definition says is worth a line of the log at the environment's level."""
        __tracebackhide__ = True
        method, _, path = self.environment.logs.event.partition(" ")
        return self.http.ask(method, path)
