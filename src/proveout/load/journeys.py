"""Journeys: the locust user classes of a folder, by the names a profile calls them.

Only what runs within locust imports this module: the classes' files import locust.
"""

import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from locust import FastHttpUser, HttpUser, TaskSet, User

from proveout.model.mistake import UserError, near, shown


def find(place: Path) -> dict[str, type[User]]:
    """Return the user classes of a file, or of the files of a folder, as "module.class" in lower case.

    Raises:
        UserError: there is no such place, or a file of it cannot be imported.
    """
    files = sorted(place.glob("[!_]*.py")) if place.is_dir() else [place]
    if not all(file.is_file() for file in files):
        raise UserError(f"{shown(place)}: no such file or folder of journeys")
    folder = str((place if place.is_dir() else place.parent).resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)  # so that the files of a team can import each other
    found: dict[str, type[User]] = {}
    for file in files:
        for user in _users(_imported(file)):
            found[f"{file.stem}.{_plain(user.__name__)}".lower()] = user
    return found


def named(journey: str, classes: dict[str, type[User]]) -> type[User]:
    """Return the class of a journey: "operator", "chat_agent", or "module.operator" where there are two.

    Raises:
        UserError: there is none of that name, or more than one.
    """
    module, _, name = journey.lower().rpartition(".")
    wanted = _plain(name)
    fitting = {
        known: user
        for known, user in classes.items()
        if known.rpartition(".")[2] == wanted and module in {"", known.rpartition(".")[0]}
    }
    if not fitting:
        short = [known.rpartition(".")[2] for known in classes]
        raise UserError(
            f"unknown journey {journey!r}{near(wanted, short)}\n"
            f"  there are: {', '.join(sorted(classes)) or 'none'}\n"
            "next: name one of them in the profile, or write a locust user class of that name"
        )
    if len(fitting) > 1:
        raise UserError(f"more than one journey is called {journey!r}\nnext: write {' or '.join(fitting)}")
    return next(iter(fitting.values()))


def require_guardable(journey: str, user: type[User]) -> None:
    """Check that every request of a class can be guarded.

    Raises:
        UserError: it sends with something else than locust's two HTTP clients.
    """
    if not issubclass(user, FastHttpUser | HttpUser):
        raise UserError(
            f"the journey {journey!r} is a {user.__name__}, which is neither a FastHttpUser nor an HttpUser\n"
            "  what it sends cannot be kept from going elsewhere\n"
            "next: derive it from proveout.load.users.GuardedUser, or from one of the two"
        )


def require_single_tasks(journey: str, user: type[User]) -> None:
    """Check that one task of a class is one visit.

    Raises:
        UserError: it has none, or some are sets of tasks, which have no end by themselves.
    """
    if not user.tasks:
        raise UserError(
            f"the journey {journey!r} ({user.__name__}) has no task\nnext: mark a method with @task"
        )
    for task in user.tasks:
        if inspect.isclass(task) and issubclass(task, TaskSet):
            raise UserError(
                f"the journey {journey!r} ({user.__name__}) has a share and the tasks of {task.__name__}\n"
                "  a visit is one task of the class; when a set of them is over, nobody can tell\n"
                "next: write personas = 2 instead of share (people at their own pace), "
                "or make one task of the set"
            )


def _users(module: ModuleType) -> Iterator[type[User]]:
    for value in vars(module).values():
        own = inspect.isclass(value) and value.__module__ == module.__name__
        if own and issubclass(value, User) and not value.abstract:
            yield value


def _imported(file: Path) -> ModuleType:
    name = f"journeys.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UserError(f"{shown(file)}: not a Python file\nnext: name a file of locust users, or a folder")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError, OSError) as error:
        raise UserError(
            f"{shown(file)} cannot be imported: {type(error).__name__}: {error}\n"
            f"next: python {shown(file)}, and mend what it says"
        ) from error
    return module


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
