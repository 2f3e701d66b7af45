"""Health: what a target says of itself to load balancers and people on call."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proveout.access import moment
from proveout.access.answer import Answer, Wrong


@dataclass(frozen=True)
class Health:
    """A health answer; a field that is not there is a failure when it is asked for."""

    answer: Answer
    fields: dict[str, Any]

    def _field(self, name: str) -> Any:
        __tracebackhide__ = True
        if name not in self.fields:
            raise Wrong(f'{self.answer}; the field "{name}" is missing')
        return self.fields[name]

    @property
    def status(self) -> Any:
        """Return the field `status`."""
        return self._field("status")

    @property
    def environment(self) -> Any:
        """Return the field `environment`."""
        return self._field("environment")

    @property
    def version(self) -> Any:
        """Return the field `version`."""
        return self._field("version")

    @property
    def timestamp(self) -> datetime:
        """Return the field `timestamp`, which must be RFC 3339 in UTC."""
        __tracebackhide__ = True
        return moment.utc(self._field("timestamp"))
