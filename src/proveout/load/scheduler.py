"""The scheduler: the one locust user of a worker, which lets all others arrive, and ends the process.

Only a locustfile imports this module: locust patches sockets and threads on import.
"""

import os

import gevent
from locust import User, task
from locust.exception import StopUser

from proveout.load import relay
from proveout.load.drive import Drive
from proveout.load.order import WORKER, Order
from proveout.load.quiet import silence

FAILED = 3  # exit status
FAREWELL = 10.0  # seconds for a drive to write down what it has, when the process is to end

relay.listen()


class Scheduler(User):
    """Drives one worker's part of one segment."""

    begun = False  # a second one in the same process would be a second load

    @task
    def drive(self) -> None:
        """Carry out the order."""
        if type(self).begun:
            raise StopUser
        type(self).begun = True
        environment = self.environment
        silence(environment)
        order = Order.given()
        drive = Drive(environment, order, int(os.environ.get(WORKER, "0")))

        def quitting(**_: object) -> None:
            drive.ask_to_end()
            drive.ended.wait(timeout=FAREWELL)

        environment.events.quitting.add_listener(quitting)  # locust's answer to SIGTERM
        if drive.run() not in {"complete", "checkpoint"}:
            environment.process_exit_code = FAILED
        gevent.spawn(environment.runner.quit)
        raise StopUser
