"""Derives definitions for a drill: one environment is harmed, all waits are short."""

import json
import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from proveout.drill.fault import Compression, Drill, Fault
from proveout.drill.harmed import edit_file
from proveout.model.files import write_text
from proveout.model.mistake import UserError
from proveout.model.system import System
from proveout.providers.address import free_ports


def derive(environments: Path, system: System, drill: Drill, fault: Fault | None, into: Path) -> Path:
    """Write the derived definitions below `into` and return their directory; no fault means no harm."""
    derived = into / "environments"
    shutil.copytree(environments, derived)  # the checks of other systems ask for their claims as well
    root = derived / system.name
    declared = fault is not None and "declared" in fault.arguments
    ports = iter(free_ports(len(system.order) * len(system.ports) if declared else 0))
    for name in system.order:
        compression = drill.compression.get(name, Compression())
        changes = dict(compression.definition)
        settings = dict(compression.configuration)
        if declared:
            for listener, variable in system.ports.items():
                changes[f"network.{listener}"] = next(ports)
                settings[variable] = str(changes[f"network.{listener}"])
        definition = root / name / "environment.toml"
        content = tomllib.loads(definition.read_text())
        for key, value in changes.items():
            _set(content, key, value)
        if settings:
            _configure(root / name / (system.environments[name].configuration_source or ""), settings)
        if fault is not None and fault.environment == name:
            _harm(content, system, fault, into)
            _harm_source(root, system, fault)
        write_text(definition, tomli_w.dumps(content))
    return derived


def _set(content: dict[str, Any], key: str, value: Any) -> None:
    *tables, last = key.split(".")
    for table in tables:
        content = content.setdefault(table, {})
    content[last] = value


def _configure(file: Path, settings: dict[str, str]) -> None:
    text = file.read_text()
    for key, value in settings.items():
        text, count = re.subn(
            rf"^#? ?{key}=.*$", f"{key}={value}".replace("\\", r"\\"), text, flags=re.MULTILINE
        )
        if not count:
            text += f"\n{key}={value}\n"
    write_text(file, text)


def _harm(content: dict[str, Any], system: System, fault: Fault, into: Path) -> None:
    harm = into / "harm.json"
    write_text(harm, fault.harm.model_dump_json())
    start = content["start"]
    start["variables"] = {**start.get("variables", {}), **fault.harm.platform}
    wrapper = [sys.executable, "-m", "proveout.drill.harmed", str(harm), json.dumps(system.ports), "--"]
    start["command"] = [*wrapper, *(word.replace("{python}", sys.executable) for word in start["command"])]


def _harm_source(root: Path, system: System, fault: Fault) -> None:
    for name, edit in fault.harm.source.items():
        if system.delivery is None:
            raise UserError(
                f"{fault.id}: {system.name} has no [delivery] to harm\nnext: add it to system.toml"
            )
        edit_file(root / system.delivery.directory / name, edit.find, edit.put)
