"""A fault: one way an environment can be wrong, as data, with the claims it breaks."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from proveout.catalogue.reading import section, table
from proveout.model.environment import RelativePath, Section, Variable, absolute_path
from proveout.model.mistake import DefinitionError, Mistake, shown
from proveout.model.quantity import Seconds
from proveout.model.system import Pattern


def _path(value: str) -> str:
    return value if value == "*" else absolute_path(value)


class Alteration(Section):
    """What the proxy does to the answers of one path ("*" for all), from the `after`-th request on.

    `listener` is which of the target's ports, by its name in system.toml.

    `set` and `remove` work on a JSON object; `cut` sends only so many bytes of a body that was announced
    longer; `delay` waits before the answer; `drip` waits before each byte. With `asleep` nobody waits but
    those who come after so long a pause, all of them until `delay` is over: it was scaled down.
    """

    path: Annotated[str, AfterValidator(_path)]
    listener: str = "port"
    method: str | None = None
    after: Annotated[int, Field(ge=0)] = 0
    status: int | None = None
    set: dict[str, Any] = {}
    remove: tuple[str, ...] = ()
    body: str | None = None
    headers: dict[str, str] = {}
    remove_headers: tuple[str, ...] = ()
    cut: int | None = None
    delay: Seconds | None = None
    asleep: Seconds | None = None
    drip: Seconds | None = None


class Edit(Section):
    """A regular expression and what is put in the place of its matches; `find` alone removes the file."""

    find: Pattern = ""
    put: str | None = None


class Harm(Section):
    """Everything that is done to the copy, from outside.

    `platform` are variables the platform sets instead of the configuration file; `ignored` are variables
    that keep this value whatever anybody sets; `files`, `source` (the delivery files) and `log` are edited;
    `command` replaces the start command ("{command}" is the original one). `before` and `after` are run by
    sh in the environment's directory: before the start, and when it answers but nobody has reached it yet.
    """

    answers: tuple[Alteration, ...] = ()
    platform: dict[Variable, str] = {}
    ignored: dict[Variable, str] = {}
    files: dict[RelativePath, Edit] = {}
    source: dict[RelativePath, Edit] = {}
    log: tuple[Edit, ...] = ()
    command: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


class Sessions(Section):
    """The tmux sessions that run beside a live target: how many, and names that are among them."""

    count: Annotated[int, Field(ge=0)]
    named: tuple[str, ...] = ()


class Fault(Section):
    """One fault: `says` is what its run must say, `exit` how it ends.

    A fault that is `live` meets a target that runs already, known by its URL and directory; `proves` are
    claims that it leaves proven. `browser` is for harm to pages that no claim is about.

    `or_holds` is for harm that only a machine with time to spare can blame on the target: HOLD is right, too.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    environment: str
    breaks: tuple[str, ...]
    harm: Harm = Harm()
    tiers: str = ""
    run: str = ""
    arguments: tuple[str, ...] = ()
    exit: int = 1
    or_holds: bool = False
    live: bool = False
    browser: bool = False
    sessions: Sessions | None = None
    proves: tuple[str, ...] = ()
    says: str | tuple[str, ...] = ""


class Compression(Section):
    """Shorter limits for a drill, so that it takes seconds: keys of the definition, and of its file."""

    definition: dict[str, Any] = {}
    configuration: dict[Variable, str] = {}


class Drill(Section):
    """All faults of one system and the compressions of its environments."""

    system: str
    tiers: str
    compression: dict[str, Compression] = {}
    faults: tuple[Fault, ...] = Field(default=(), exclude=True)


class _File(Section):
    fault: tuple[Fault, ...]


def load(folder: Path) -> Drill:
    """Read `drill.toml` and every other TOML file of a folder.

    Raises:
        DefinitionError: a file is wrong, or two faults have the same id; carries every mistake.
    """
    mistakes: list[Mistake] = []
    main = folder / "drill.toml"
    about = table(main, mistakes)
    drill = section(Drill, about, main, mistakes) if about is not None else None
    faults: dict[str, Fault] = {}
    for file in sorted(folder.glob("*.toml")):
        if file == main:
            continue
        content = table(file, mistakes)
        read = section(_File, content, file, mistakes) if content is not None else None
        for fault in read.fault if read else ():
            if fault.id in faults:
                mistakes.append(
                    Mistake(shown(file), f'id = "{fault.id}"', "this id stands twice; ids are unique")
                )
            faults[fault.id] = fault
    if mistakes or drill is None:
        raise DefinitionError(mistakes)
    return drill.model_copy(update={"faults": tuple(faults.values())})
