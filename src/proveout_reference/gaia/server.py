"""Server: the process's life, from taking its ports to writing the last line of its log."""

import asyncio
import os
import resource
from contextlib import suppress
from functools import partial

from proveout_reference.gaia.app import build_app
from proveout_reference.gaia.background import Background
from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.opening import open_database
from proveout_reference.gaia.http.listener import listen
from proveout_reference.gaia.http.web_server import WebServer
from proveout_reference.gaia.log.log import carry_library_records
from proveout_reference.gaia.log.opening import open_log
from proveout_reference.gaia.log.retention import LogRetention
from proveout_reference.gaia.metrics.metrics import Metrics
from proveout_reference.gaia.metrics.page import metrics_app
from proveout_reference.gaia.parts import Parts
from proveout_reference.gaia.settings import Settings, in_force
from proveout_reference.gaia.stop import Stop

_SPARE_FILES = 100


async def serve(settings: Settings, clock: Clock) -> int:
    """Serves until SIGTERM or SIGINT, finishes what is in flight and returns the exit code.

    A second signal ends the process at once. Raises PortTakenError, StartRefusedError and OSError.
    """
    # The ports come first: a server that cannot have them touches neither log nor database.
    listeners = listen(settings.host, settings.port)
    metrics_listeners = listen(settings.host, settings.metrics_port)
    _allow_connections(settings.max_connections)
    metrics = Metrics(settings.env, settings.version)
    opened = open_log(settings, clock, metrics)
    log = opened.log
    carry_library_records(log)
    stop = Stop(log)
    log.info("starting", pid=os.getpid(), **in_force(settings))
    if not settings.skip_auth and not settings.admin_token:
        log.warning("no admin token is set: everyone who reaches the server may change its data")
    parts = Parts(settings, clock, log, metrics, open_database(settings, clock, log))
    try:
        if parts.backups is not None:
            await asyncio.to_thread(parts.backups.cycle)
            parts.backups.announce()
        grace = settings.graceful_timeout if settings.graceful_shutdown else 0.0
        web = WebServer(partial(build_app, parts), listeners, grace)
        stop.server = web
        web.should_exit = stop.asked
        figures = WebServer(lambda _: metrics_app(metrics), metrics_listeners, 1.0)
        await _run(parts, web, figures, opened.retention)
    finally:
        await parts.stop()
    log.info("stopped", reason=stop.reason or "none")
    log.close()
    return 0


async def _run(parts: Parts, web: WebServer, figures: WebServer, retention: LogRetention | None) -> None:
    background = Background(parts.clock, parts.log)
    if retention is not None:
        await asyncio.to_thread(retention.cycle)
        background.start("log retention", retention.run)
    parts.start(background)
    serving = asyncio.create_task(web.run_until_stopped())
    showing = asyncio.create_task(figures.run_until_stopped())
    await web.ready.wait()
    await figures.ready.wait()
    parts.log.info("listening", port=parts.settings.port, metrics_port=parts.settings.metrics_port)
    try:
        await serving
    finally:
        await background.end()
        figures.should_exit = True
        await showing


def _allow_connections(count: int) -> None:
    """Raises the limit of open files as far as it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(count + _SPARE_FILES, hard) if hard != resource.RLIM_INFINITY else count + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
