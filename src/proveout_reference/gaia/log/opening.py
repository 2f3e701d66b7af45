"""Opening: the log that the settings ask for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.log.console import Console
from proveout_reference.gaia.log.file import LogFile
from proveout_reference.gaia.log.formats import FORMATS
from proveout_reference.gaia.log.log import Log, Output
from proveout_reference.gaia.log.retention import LogRetention
from proveout_reference.gaia.log.syslog import Syslog
from proveout_reference.gaia.settings import Settings

if TYPE_CHECKING:  # a command has no metrics and need not load their library
    from proveout_reference.gaia.metrics.metrics import Metrics


@dataclass(frozen=True, slots=True)
class OpenLog:
    """The log, and the retention of its file where there is one."""

    log: Log
    retention: LogRetention | None


def open_log(settings: Settings, clock: Clock, metrics: "Metrics | None") -> OpenLog:
    """Opens every output of the settings; without metrics, that one is left out. Raises OSError."""
    shape = FORMATS[settings.log_format]
    outputs: list[Output] = []
    file: LogFile | None = None
    if "file" in settings.log_outputs:
        file = LogFile(settings.log_dir / "gaia.log", shape, settings.log_max_size, clock)
        outputs.append(file)
    if "console" in settings.log_outputs:
        outputs.append(Console(shape))
    if "metrics" in settings.log_outputs and metrics is not None:
        from proveout_reference.gaia.metrics.log_lines import LogLines  # noqa: PLC0415

        outputs.append(LogLines(metrics))
    refused = ""
    if "syslog" in settings.log_outputs:
        syslog = Syslog(settings.syslog_address, shape, clock)
        refused = syslog.connect()
        outputs.append(syslog)
    log = Log(settings.log_level, clock, outputs, traces=settings.debug)
    if refused:
        log.warning("syslog is not there", address=settings.syslog_address, reason=refused)
    retention = LogRetention(file, settings.log_retention, clock, log) if file is not None else None
    return OpenLog(log, retention)
