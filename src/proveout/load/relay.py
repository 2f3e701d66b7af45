"""The relay: carries the signs of a segment between machines, over locust's own connection.

A worker elsewhere tells the master again and again that it is there, and whether it could begin; the answer,
once all can, is when. Only a locustfile imports this module: locust patches sockets and threads on import.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.exception import RPCError
from locust.runners import MasterRunner, WorkerRunner

from proveout.load.ledger import WINDOWS, windows
from proveout.load.order import FOLDER, WORKER, Order
from proveout.load.signs import Signs
from proveout.model.files import write_text
from proveout.model.mistake import UserError, shown

KIND = "proveout"  # of our messages among locust's
OFTEN = 0.2  # seconds between two calls of a worker


def listen() -> None:
    """Have this process's end set up as soon as it has a connection."""
    init: Any = events.init
    init.add_listener(connect)


def connect(runner: Any, **_: object) -> None:
    """Set up this process's end, if it has one."""
    if isinstance(runner, MasterRunner):
        _answer(runner, Order.given())
    elif isinstance(runner, WorkerRunner) and FOLDER in os.environ:
        try:
            order = Order.given()
            number = _number(order)
        except UserError as error:
            sys.exit(f"this worker cannot be started: {error}")
        (Path(order.folder) / WINDOWS).mkdir(parents=True, exist_ok=True)
        _call(runner, order, number)


def _number(order: Order) -> int:
    """Return which worker this is.

    Raises:
        UserError: it is none of the order's, or was started before.
    """
    text = os.environ.get(WORKER, "")
    if not text.isdecimal() or int(text) >= order.workers:
        raise UserError(
            f'{WORKER}="{text}": the order has the workers 0 to {order.workers - 1}\n'
            "next: take the number from the line that the soak has shown"
        )
    known = windows(Path(order.folder), order.segment, int(text))
    if known.exists():
        raise UserError(
            f"{shown(known)} is there already, so worker {text} has driven segment {order.segment} before\n"
            "next: go on with the soak; it shows how to start the workers of the next segment"
        )
    return int(text)


def _answer(runner: Any, order: Order) -> None:
    """Note down on the master who calls, and tell those who wait when to begin."""
    signs = Signs(Path(order.folder), order.segment)

    def heard(msg: Any, **_: object) -> None:
        said, number = msg.data, msg.data["worker"]
        if said["order"] != [order.digest, order.segment]:
            text = f"segment {order.segment} is driven now: copy {order.file.name} of its ledger"
            runner.send_message(KIND, {"other": text}, client_id=msg.node_id)
            return
        signs.joined(number).touch()
        if said["ready"]:
            signs.ready(number).touch()
        if signs.go.exists():
            begun = signs.go.read_text(encoding="ascii")
            runner.send_message(KIND, {"go": begun}, client_id=msg.node_id)

    runner.register_message(KIND, heard)
    signs.open.touch()


def _call(runner: Any, order: Order, number: int) -> None:
    """Call the master until it says when to begin, and leave that where the drive looks for it."""
    signs = Signs(Path(order.folder), order.segment)

    def told(msg: Any, **_: object) -> None:
        if "other" in msg.data:
            sys.stderr.write(f"this worker has another order than the master: {msg.data['other']}\n")
            runner.quit()
        elif not signs.go.exists():
            write_text(signs.go, msg.data["go"])

    def call() -> None:
        while not signs.go.exists():
            ready = signs.ready(number).exists()
            said = {"order": [order.digest, order.segment], "worker": number, "ready": ready}
            with suppress(RPCError):  # the tunnel may be down for a moment
                runner.send_message(KIND, said)
            gevent.sleep(OFTEN)

    runner.register_message(KIND, told)
    gevent.spawn(call)
