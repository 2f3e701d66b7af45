"""A Dockerfile as its builder understands it: stages, what they stand on, and the environment they set."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from proveout.access.answer import Wrong
from proveout.access.instruction import Instruction, read
from proveout.access.word import expand

_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")


@dataclass
class Stage:
    """One stage: the image its FROM names, the stage that is, if it is one, and what it sets.

    `arguments` and `environment` are as at its end; `sources` are the stages it copies or mounts from.
    """

    name: str
    image: str
    line: int
    parent: "Stage | None" = None
    arguments: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    sources: list["Stage"] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Return the image it stands on, through all stages between, by its everyday name: `ubuntu:22.04`."""
        return self.parent.base if self.parent else familiar(self.image)


@dataclass(frozen=True)
class Dockerfile:
    """A whole Dockerfile, built without build arguments."""

    stages: tuple[Stage, ...]

    @classmethod
    def parse(cls, text: str, file: str = "Dockerfile") -> "Dockerfile":
        """Read a Dockerfile; `file` is its name in sentences.

        Raises:
            Wrong: its builder would refuse it; the sentence names the line.
        """
        __tracebackhide__ = True
        reader = _Reader()
        for instruction in read(text, file):
            try:
                reader.follow(instruction)
            except Wrong as error:
                if str(error).startswith(f"{file}, line "):
                    raise
                raise instruction.wrong(str(error)) from None
        if not reader.stages:
            raise Wrong(f"{file} has no FROM, so it builds nothing")
        return cls(tuple(reader.stages))

    @property
    def final(self) -> Stage:
        """Return the stage that becomes the image."""
        return self.stages[-1]

    @property
    def parts(self) -> tuple[Stage, ...]:
        """Return the stages the image is made of: the final one, and those it takes anything from."""
        wanted = [self.final]
        for stage in wanted:  # grows while it is read
            origins = [*stage.sources, *([stage.parent] if stage.parent else [])]
            wanted += [origin for origin in origins if not any(origin is other for other in wanted)]
        return tuple(stage for stage in self.stages if any(stage is other for other in wanted))


def familiar(reference: str) -> str:
    """Return an image's everyday name: without digest, and for official images without registry."""
    name = reference.partition("@")[0]
    registry, slash, path = name.partition("/")
    if slash and (set(".:") & set(registry) or registry == "localhost"):
        return path.rpartition("library/")[2]
    return name.removeprefix("library/")


class _Reader:
    """Follows the instructions in order, as the builder does."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self._arguments: dict[str, str] = {}  # before the first FROM: only FROM sees them

    def follow(self, instruction: Instruction) -> None:
        if instruction.keyword == "FROM":
            self.stages.append(self._stage(instruction))
        elif instruction.keyword == "ARG":
            self._declare(instruction)
        elif not self.stages:
            raise Wrong(f"{instruction.keyword} stands before the first FROM")
        elif instruction.keyword == "ENV":
            stage = self.stages[-1]
            known = stage.arguments | stage.environment  # as before the instruction, for all its values
            for key, value in _pairs(instruction):
                stage.environment[expand(key, known, instruction.escape)] = expand(
                    value, known, instruction.escape
                )
        elif instruction.keyword in {"COPY", "RUN"}:
            self.stages[-1].sources += self._sources(instruction)

    def _stage(self, instruction: Instruction) -> Stage:
        words = [word for word in instruction.words() if not word.startswith("--")]
        if len(words) not in {1, 3} or (len(words) == 3 and words[1].upper() != "AS"):
            raise Wrong(f"FROM {instruction.text}; expected FROM image or FROM image AS name")
        image = expand(words[0], self._arguments, instruction.escape)
        if not image:
            raise Wrong(f"FROM {words[0]} names no image: the argument has no default")
        name = words[2].lower() if len(words) == 3 else str(len(self.stages))
        if len(words) == 3 and not _STAGE_NAME.fullmatch(name):
            raise Wrong(f"{words[2]!r} is no name of a stage: a letter, then letters, digits and _.-")
        parent = self._named(image)
        stage = Stage(name, image, instruction.line, parent)
        if parent:
            stage.arguments, stage.environment = dict(parent.arguments), dict(parent.environment)
        return stage

    def _named(self, name: str) -> Stage | None:
        named = (s for s in reversed(self.stages) if s.name == name.lower() and _STAGE_NAME.match(s.name))
        return next(named, None)

    def _declare(self, instruction: Instruction) -> None:
        stage = self.stages[-1] if self.stages else None
        known = stage.arguments | stage.environment if stage else dict(self._arguments)
        for word in instruction.words():
            key, equals, value = word.partition("=")
            if not key:
                raise Wrong(f"ARG {word}: the name is missing")
            if equals:
                value = expand(value, known, instruction.escape)
            elif stage and key in self._arguments:
                value = self._arguments[key]
            else:
                continue  # without a default it is not set
            (stage.arguments if stage else self._arguments)[key] = value

    def _sources(self, instruction: Instruction) -> Iterator[Stage]:
        flags = instruction.flags()
        mounts = [part for mount in flags.get("mount", []) for part in mount.split(",")]
        mounted = [part.removeprefix("from=") for part in mounts if part.startswith("from=")]
        for name in [*flags.get("from", []), *mounted]:
            if re.fullmatch("[0-9]{1,9}", name):
                if int(name) >= len(self.stages) - 1:
                    raise Wrong(f"--from={name}: there is no such stage before this one")
                yield self.stages[int(name)]
            elif (stage := self._named(name)) is self.stages[-1]:
                raise Wrong(f"--from={name}: a stage cannot take from itself")
            elif stage:
                yield stage


def _pairs(instruction: Instruction) -> Iterator[tuple[str, str]]:
    """Yield what an ENV sets: `KEY=value ...`, or `KEY value` in the old form."""
    words = instruction.words()
    if "=" not in words[0]:
        key, *rest = instruction.text.split(maxsplit=1)
        if not rest:
            raise Wrong(f"ENV {key}: the value is missing")
        yield key, rest[0]
        return
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise Wrong(f"ENV {word}: expected KEY=value")
        yield key, value
