"""Where a command looks: the definitions, the suites, and the folder for what runs leave."""

import argparse
import os
import re
import sys
import tomllib
from pathlib import Path

from rich.console import Console

from proveout.catalogue.catalogue import Catalogue, load
from proveout.evidence import key
from proveout.evidence.key import Key, PublicKey

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)  # of a system
WIDE = 200  # columns of a table that a program or a file gets


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where to look."""
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (default: this directory)")


def catalogue(arguments: argparse.Namespace) -> Catalogue:
    """Return the definitions of the checkout; see `proveout.catalogue.catalogue.load` for errors."""
    return load(_setting(arguments.root, "proveout_environments", "environments"))


def reports(arguments: argparse.Namespace) -> Path:
    """Return the folder for what runs leave."""
    return _setting(arguments.root, "proveout_reports", "reports")


def evidence(arguments: argparse.Namespace) -> Path:
    """Return the folder of the stored evidence."""
    stated = _stated(arguments.root, "proveout_evidence")
    return reports(arguments) / "evidence" if stated is None else arguments.root / stated


def trusted(arguments: argparse.Namespace, system: str) -> dict[str, PublicKey]:
    """Return the public keys that a system of the checkout trusts, by their id."""
    folder = _setting(arguments.root, "proveout_environments", "environments") / system
    # The name comes out of a file that is being verified: it must not lead elsewhere.
    return key.trusted(folder) if NAME.fullmatch(system) else {}


def signing_key(arguments: argparse.Namespace) -> Key | None:
    """Return the key evidence is signed with, None without one."""
    stated = _stated(arguments.root, "proveout_key")
    configured = None if stated is None else arguments.root / Path(stated).expanduser()
    return key.signing_key(os.environ, configured)


def console() -> Console:
    """Return where tables are printed: as wide as the terminal; without one nothing is cut off."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=WIDE)


def _setting(root: Path, name: str, default: str) -> Path:
    return root / (_stated(root, name) or default)


def _stated(root: Path, name: str) -> str | None:
    file = root / "pyproject.toml"
    tool = tomllib.loads(file.read_text()).get("tool", {}) if file.is_file() else {}
    pytest = tool.get("pytest", {})
    value = pytest.get(name, pytest.get("ini_options", {}).get(name))
    return None if value is None else str(value)
