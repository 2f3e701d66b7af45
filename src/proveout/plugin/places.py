"""Where the configuration puts things: reports, the store of evidence, and the key that signs."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from proveout.evidence.key import Key


def reports_folder(config: pytest.Config) -> Path:
    """Return the folder for what runs leave."""
    return Path(config.rootpath / config.getini("proveout_reports"))


def evidence_folder(config: pytest.Config) -> Path:
    """Return the folder of the evidence store."""
    configured = config.getini("proveout_evidence")
    return Path(config.rootpath / configured) if configured else reports_folder(config) / "evidence"


def key_of(config: pytest.Config) -> "Key | None":
    """Return the key that signs, None where nothing is to be signed.

    Raises:
        UserError: it cannot be used.
    """
    configured = config.getini("proveout_key")
    if not configured and "PROVEOUT_KEY" not in os.environ:
        return None
    from proveout.evidence.key import signing_key  # noqa: PLC0415 - most runs on a desk sign nothing

    return signing_key(os.environ, Path(config.rootpath / configured) if configured else None)
