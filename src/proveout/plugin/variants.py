"""Further copies of an environment with other settings, for checks of what a setting changes."""

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from proveout.access.answer import Wrong
from proveout.access.ceesar import Ceesar
from proveout.access.http import Http
from proveout.providers.process import NotReady, start
from proveout.providers.target import Target
from proveout.safety.guard import Guard
from proveout.safety.policy import Policy

if TYPE_CHECKING:
    from proveout.plugin.run import Run


class Variants:
    """Starts copies, hands out access to them, and ends them all."""

    def __init__(self, target: Target, run: "Run", name: str) -> None:
        self._target = target
        self._run = run
        self._name = "".join(c if c.isalnum() else "-" for c in name)[:60]
        self._stack = ExitStack()
        self._count = 0

    def start(self, **changed: str) -> Ceesar:
        """Start a copy with these variables changed.

        Raises:
            Wrong: it does not become ready.
        """
        __tracebackhide__ = True
        environment = self._target.environment
        self._count += 1
        folder = self._run.folder_of(environment) / "variants" / f"{self._name}-{self._count}"
        system = self._run.catalogue.system_of(environment)
        try:
            copy = start(
                environment,
                system,
                folder,
                records=self._run.folder,
                changed=changed,
                artifact=self._target.artifact,
            )
        except NotReady as error:
            settings = ", ".join(f"{key}={value}" for key, value in changed.items())
            raise Wrong(f"a copy with {settings} does not start: {error}") from None
        self._stack.callback(copy.stop)
        guard = Guard(Policy.of(copy.target), environment.budgets, effect="disrupts")
        http = Http(copy.target.url, guard)
        self._stack.callback(http.close)
        return Ceesar(copy.target, http)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
