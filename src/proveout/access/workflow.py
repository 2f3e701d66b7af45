"""A workflow file: whether GitHub would run it. What is unclear is not called a mistake."""

import difflib
import functools
import importlib.util
import json
import re
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from proveout.access.answer import Wrong
from proveout.access.expression import in_condition, in_text
from proveout.model.wording import plain

LARGEST = 50_000  # values of a file once its anchors are written out
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SECRET = "an if cannot look at secrets; put it into env and look at that"  # noqa: S105 - a sentence
STEPS = ("run", "uses", "parallel", "wait", "wait-all", "cancel")  # what a step can be
# Where an expression is evaluated; elsewhere, as in a description, the same signs can be plain text.
_EVALUATED = ("run-name", "env", "defaults", "concurrency", "jobs")
_TOO_STRICT = (("additionalProperties", False), ("required", ["matrix"]))
_AT_LEAST = ("minItems", "minProperties", "minLength")


@dataclass(frozen=True)
class Workflow:
    """A workflow as YAML values, and the name of its file."""

    file: str
    content: dict[str, Any]

    @classmethod
    def parse(cls, text: str, file: str = "workflow") -> "Workflow":
        """Read a workflow; `file` is its name in sentences.

        Raises:
            Wrong: it is not YAML, or not a mapping.
        """
        __tracebackhide__ = True
        content = _values(text, file)
        if not isinstance(content, dict):
            raise Wrong(f"{file} is {'empty' if content is None else 'not a mapping of keys to values'}")
        return cls(file, content)

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """Return the jobs that are mappings, by id."""
        jobs = self.content.get("jobs")
        return {str(k): v for k, v in jobs.items() if isinstance(v, dict)} if isinstance(jobs, dict) else {}

    @functools.cached_property
    def mistakes(self) -> list[str]:
        """Return why GitHub would refuse the file; nothing means that it is valid."""
        own = [*self._structure(), *self._expressions()]
        # The schema knows far more keys than we do, but its sentences are harder to read: it comes last.
        return own or list(_by_schema(self.content))

    def _structure(self) -> Iterator[str]:
        for key in ("on", "jobs"):
            if not self.content.get(key):
                yield f"{key} is missing"
        yield from _misspelled(self.content, "", _schema()["properties"])
        kinds = _schema()["definitions"]
        on = self.content.get("on")
        events = on if isinstance(on, list | dict) else [on]
        yield from _misspelled([e for e in events if isinstance(e, str)], "on.", kinds["event"]["known"])
        for name, job in self.jobs.items():
            yield from _of_job(name, job)
        yield from _of_needs(self.jobs)

    def _expressions(self) -> Iterator[str]:
        for key in _EVALUATED:
            for place, text in _texts(self.content.get(key), key):
                condition = re.fullmatch(r"jobs\.[^.]+(\.steps\[\d+\])?\.if", place)
                try:
                    found = in_condition(text) if condition and text.strip() else in_text(text)
                except Wrong as error:
                    yield f"{place}: {error}"
                else:
                    if condition and any("secrets" in expression.contexts for expression in found):
                        yield f"{place}: {_SECRET}"


def _values(text: str, file: str) -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415 - only checks of a workflow pay for it
    from ruamel.yaml.constructor import SafeConstructor  # noqa: PLC0415
    from ruamel.yaml.error import ReusedAnchorWarning, YAMLError  # noqa: PLC0415

    class Values(SafeConstructor):
        """What GitHub reads: a date is a text."""

    Values.add_constructor("tag:yaml.org,2002:timestamp", Values.construct_yaml_str)
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = Values
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # YAML lets an anchor be moved
            content = yaml.load(text)
        _count(content, {})
        content = _with_names(content)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise Wrong(f"{file}{line} is not YAML: {plain(problem)}") from None
    except (ValueError, TypeError) as error:
        raise Wrong(f"{file} is not YAML: {plain(str(error))}") from None
    except RecursionError:
        raise Wrong(f"{file} is nested too deeply, or contains itself") from None
    return content


def _count(value: Any, known: dict[int, int]) -> int:
    """Return how many values there are once anchors are written out."""
    if id(value) not in known:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        total = 1 + sum(_count(one, known) for one in inside)
        if total > LARGEST:
            raise ValueError(f"more than {LARGEST} values")
        known[id(value)] = total
    return known[id(value)]


def _with_names(value: Any) -> Any:
    """Return the values with texts as keys, as GitHub reads them."""
    if isinstance(value, dict):
        return {str(key): _with_names(one) for key, one in value.items()}
    return [_with_names(one) for one in value] if isinstance(value, list) else value


@functools.cache
def _schema() -> dict[str, Any]:
    """Return SchemaStore's schema of workflows as check-jsonschema carries it.

    It is read as a file, because importing that package brings its command line and requests with it. GitHub
    may be ahead of it and is more lenient: keys and events it does not know, lists and tables that are
    empty, and a strategy without a matrix are let pass. One of its patterns takes for ever on a text of
    carriage returns.
    """
    found = importlib.util.find_spec("check_jsonschema")
    origin = found.origin if found else None
    if origin is None:
        raise ModuleNotFoundError("check-jsonschema is not installed; next: python -m pip install -e .")
    path = Path(origin).parent / "builtin_schemas" / "vendor" / "github-workflows.json"

    def opened(table: dict[str, Any]) -> dict[str, Any]:
        if isinstance(table.get("pattern"), str):
            table["pattern"] = table["pattern"].replace("(.|[\r\n])*", r"[\s\S]*")
        return {k: v for k, v in table.items() if (k, v) not in _TOO_STRICT and k not in _AT_LEAST}

    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), object_hook=opened)
    event = schema["definitions"]["event"]
    event |= {"known": event.pop("enum"), "type": "string"}
    return schema


def _by_schema(content: dict[str, Any]) -> Iterator[str]:
    from jsonschema import Draft7Validator  # noqa: PLC0415 - only checks of a workflow pay for it
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    for error in Draft7Validator(_schema()).iter_errors(_without_nothing(content)):
        deepest = best_match([error])
        place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in deepest.absolute_path)
        # A pattern says nothing to a reader.
        why = f"{deepest.instance!r} cannot stand here" if deepest.validator == "pattern" else deepest.message
        yield f"{place.removeprefix('.') or 'the file'}: {plain(why, 160)}"


def _without_nothing(value: Any) -> Any:
    """Return the values without the keys that are given none: GitHub takes them for empty."""
    if isinstance(value, dict):
        return {key: _without_nothing(one) for key, one in value.items() if one is not None}
    return [_without_nothing(one) for one in value] if isinstance(value, list) else value


def _misspelled(table: Collection[str], place: str, known: Iterable[str]) -> Iterator[str]:
    """Yield the keys that can only be meant for others; an entirely unknown one may be new."""
    names = set(known)
    for key in table:
        others = [name for name in names - set(table) if abs(len(name) - len(key)) <= 1]
        close = difflib.get_close_matches(key, others, n=1, cutoff=0.75)
        if key not in names and close:
            yield f"{place}{key}: unknown; did you mean {close[0]}?"


def _of_job(name: str, job: dict[str, Any]) -> Iterator[str]:
    place = f"jobs.{name}"
    kinds = _schema()["definitions"]
    if not _ID.fullmatch(name):
        yield f"{place}: not an id; it is a letter or _, then letters, digits, _ and -"
    kind = "reusableWorkflowCallJob" if "uses" in job else "normalJob"
    yield from _misspelled(job, f"{place}.", kinds[kind]["properties"])
    if "uses" in job:
        own = [key for key in ("runs-on", "steps") if key in job]
        yield from (f"{place}: uses and {key} exclude each other" for key in own)
        return
    yield from (f"{place}: {key} is missing" for key in ("runs-on", "steps") if not job.get(key))
    steps = job.get("steps")
    ids: set[str] = set()
    for number, step in enumerate(steps if isinstance(steps, list) else []):
        where = f"{place}.steps[{number}]"
        if not isinstance(step, dict):
            yield f"{where}: not a step"
            continue
        yield from _misspelled(step, f"{where}.", kinds["step"]["properties"])
        if sum(kind in step for kind in STEPS) != 1:
            yield f"{where}: a step has either run or uses"
        name = str(step.get("id", "")).lower()
        if name in ids:
            yield f"{where}: the id {step['id']} stands twice"
        ids |= {name} if name else set()


def _of_needs(jobs: dict[str, dict[str, Any]]) -> Iterator[str]:
    needs: dict[str, list[str]] = {}
    for name, job in jobs.items():
        wanted = job.get("needs", [])
        needs[name.lower()] = []
        for other in wanted if isinstance(wanted, list) else [wanted]:
            needs[name.lower()].append(str(other).lower())
            if str(other).lower() not in {known.lower() for known in jobs}:
                yield f"jobs.{name}: needs {other}, which is no job of this file"
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        yield f"jobs wait for each other: {' -> '.join(reversed(error.args[1]))}"


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield every text with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(one, f"{place}.{key}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _texts(one, f"{place}[{number}]")
