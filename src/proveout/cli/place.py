"""Where a command looks: the definitions, the suites, and the folder for what runs leave."""

import argparse
import tomllib
from pathlib import Path

from proveout.catalogue.catalogue import Catalogue, load


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where to look."""
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (default: this directory)")


def catalogue(arguments: argparse.Namespace) -> Catalogue:
    """Return the definitions of the checkout; see `proveout.catalogue.catalogue.load` for errors."""
    return load(_setting(arguments.root, "proveout_environments", "environments"))


def reports(arguments: argparse.Namespace) -> Path:
    """Return the folder for what runs leave."""
    return _setting(arguments.root, "proveout_reports", "reports")


def _setting(root: Path, key: str, default: str) -> Path:
    file = root / "pyproject.toml"
    tool = tomllib.loads(file.read_text()).get("tool", {}) if file.is_file() else {}
    pytest = tool.get("pytest", {})
    value = pytest.get(key, pytest.get("ini_options", {}).get(key, default))
    return root / str(value)
