"""`proveout env`: list and show environments, start copies that stay, and end what was left behind."""

import argparse
import os
import secrets
from typing import Any

from rich.console import Console
from rich.table import Table

from proveout.cli import place
from proveout.model.environment import Environment
from proveout.model.mistake import UserError, shown
from proveout.providers import reaper
from proveout.providers.process import NotReady, start


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("env", help="environments and their copies")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, do, text in (
        ("list", _list, "the environments that are defined"),
        ("show", _show, "what one environment must be"),
        ("up", _up, "start a copy that stays"),
        ("down", _down, "end copies that stayed, and what killed runs left behind"),
    ):
        action = actions.add_parser(name, help=text)
        place.add(action)
        if name in {"show", "up"}:
            action.add_argument("environment")
        if name == "up":
            action.add_argument("--ports", choices=("free", "declared"), default="free")
        if name == "down":
            action.add_argument("environment", nargs="?")
            action.add_argument("--all", action="store_true", help="of every environment")
        action.set_defaults(do=do)


def _list(arguments: argparse.Namespace) -> int:
    catalogue = place.catalogue(arguments)
    kept = {
        started.what: started.url for _, started in reaper.abandoned(place.reports(arguments), also_kept=True)
    }
    table = Table(box=None, pad_edge=False)
    for column in ("environment", "port", "URL variable", "without a URL", "running copy"):
        table.add_column(column)
    for environment in catalogue.environments.values():
        network = environment.network
        variable = network.url_variable
        state = "set" if os.environ.get(variable) else "set but empty" if variable in os.environ else "unset"
        copy = environment.start.provenance if environment.start else "none"
        table.add_row(
            environment.id, str(network.port), f"{variable} ({state})", copy, kept.get(environment.id, "")
        )
    Console().print(table)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    environment = _one(arguments)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"{environment.id}   {shown(environment.directory / 'environment.toml')}", markup=False)
    for name, section in environment.model_dump(mode="json").items():
        if section is not None:
            console.print(f"\n[{name}]", markup=False)
            for key, value in section.items():
                console.print(f"{key} = {value}", markup=False)
    return 0


def _up(arguments: argparse.Namespace) -> int:
    environment = _one(arguments)
    folder = place.reports(arguments) / f"up-{secrets.token_hex(3)}"
    system = place.catalogue(arguments).system_of(environment)
    try:
        copy = start(
            environment,
            system,
            folder / environment.id.replace("/", "-"),
            records=folder,
            declared_ports=arguments.ports == "declared",
            kept=True,
        )
    except NotReady as error:
        raise UserError(f"{environment.id} does not start: {error}") from None
    variable = environment.network.url_variable
    Console(soft_wrap=True, highlight=False).print(
        f"{environment.id} answers at {copy.target.url} (process {copy.process.pid})\n"
        f"  log: {shown(folder / environment.id.replace('/', '-') / 'target.log')}\n"
        f"next: {variable}={copy.target.url} pytest --env={environment.id} -m smoke\n"
        f"end:  proveout env down {environment.id}"
    )
    return 0


def _down(arguments: argparse.Namespace) -> int:
    if not arguments.all and not arguments.environment:
        raise UserError("env down: which one?\nnext: proveout env down gamma, or proveout env down --all")
    reports = place.reports(arguments)
    wanted = None if arguments.all else _one(arguments).id
    console = Console(soft_wrap=True, highlight=False)
    count = 0
    for folder, started in reaper.abandoned(reports, also_kept=True):
        if wanted in {None, started.what}:
            killed = reaper.end(started, within=10.0)
            reaper.forget(folder, started)
            count += 1
            console.print(f"ended {started.what}" + (f" (had to kill {killed})" if killed else ""))
    if not count:
        console.print("nothing of ours is running")
    return 0


def _one(arguments: argparse.Namespace) -> Environment:
    found = place.catalogue(arguments).select([arguments.environment])
    if len(found) != 1:
        names = ", ".join(environment.id for environment in found)
        raise UserError(
            f'"{arguments.environment}" means {len(found)} environments: {names}\nnext: name one of them'
        )
    return found[0]
