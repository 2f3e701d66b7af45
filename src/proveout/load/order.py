"""The order: everything the load generator is told, as a file, because it is another process."""

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from proveout.load.profile import Profile
from proveout.model.environment import Effect
from proveout.model.files import write_json
from proveout.model.mistake import UserError, shown
from proveout.safety.policy import Policy

VARIABLE = "PROVEOUT_LOAD_ORDER"  # holds the path of the file
WORKER = "PROVEOUT_LOAD_WORKER"  # holds the number of the worker, from 0
FOLDER = "PROVEOUT_LOAD_FOLDER"  # on another machine: the folder that has the journeys, and takes the windows


@dataclass(frozen=True)
class Order:
    """Whom to visit, in which shape and when, and what must not be exceeded.

    `environment` is the name the target must give itself, `system` whose part of the profile holds.
    `requests` are the most that all workers may send together; an answer has `answer` seconds and `body`
    bytes. `profile` is as it is driven (`Profile.over`), `digest` that of its file. `journeys` is the folder
    or file that the classes of the users are found in.

    The `segment` goes from `start` to `until` of profile time; when it begins is said by a sign (`signs`):
    every worker keeps the same schedule, however late it begins. `folder` is the ledger's. `definition` is
    the environment's as JSON, so that a journey needs no file.
    """

    url: str
    environment: str
    system: str
    policy: Policy
    effect: Effect
    requests: int
    answer: float
    body: int
    profile: Profile
    digest: str
    journeys: str
    segment: int
    workers: int
    start: float
    until: float
    folder: str
    definition: dict[str, Any]

    def save(self, path: Path) -> None:
        """Write the order to a file."""
        content = {field.name: getattr(self, field.name) for field in fields(self)}
        policy = asdict(self.policy)
        sets = {key: sorted(value) for key, value in policy.items() if isinstance(value, frozenset)}
        profile = self.profile.model_dump(mode="json", exclude_none=True) | {"name": self.profile.name}
        write_json(path, content | {"policy": policy | sets, "profile": profile})

    @property
    def file(self) -> Path:
        """Return where the supervisor writes it down."""
        return Path(self.folder) / f"order-{self.segment:04d}.json"

    @classmethod
    def load(cls, path: Path) -> "Order":
        """Read the order that `save` wrote."""
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        policy: dict[str, Any] = {
            key: frozenset(tuple(v) if isinstance(v, list) else v for v in value)
            if isinstance(value, list)
            else value
            for key, value in content.pop("policy").items()
        }
        profile = Profile(**content.pop("profile"), digest=content["digest"])
        return cls(policy=Policy(**policy), profile=profile, **content)

    @classmethod
    def given(cls) -> "Order":
        """Read the order of this process, which its surroundings name; on another machine with its folder.

        Raises:
            UserError: there is none, or it cannot be read.
        """
        path = Path(os.environ.get(VARIABLE, ""))
        try:
            order = cls.load(path)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UserError(
                f"{VARIABLE}={shown(path)}: no order that can be read ({error})\n"
                "next: copy the order anew, and see that proveout is of the same version on both machines"
            ) from None
        folder = os.environ.get(FOLDER)
        return order.moved(Path(folder).resolve()) if folder else order

    def moved(self, folder: Path) -> "Order":
        """Return the order as it is on another machine, where `folder` has a copy of the journeys."""
        return replace(self, folder=str(folder), journeys=str(folder / Path(self.journeys).name))
