"""Workers: the threads that take tasks from the queue, one each at a time."""

import threading
from contextlib import suppress
from typing import Any

from proveout_reference.gaia.database.database import Database, UnavailableError
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.metrics.metrics import Metrics
from proveout_reference.gaia.tasks.kinds import InterruptedTaskError, TaskFailedError, Work, run
from proveout_reference.gaia.tasks.store import TaskStore

_LOOK_SECONDS = 5.0  # a look now and then, should a wake-up have been missed
_PAUSE_SECONDS = 1.0


class Workers:
    """`count` threads; a task may take `longest` seconds."""

    def __init__(
        self,
        store: TaskStore,
        database: Database,
        *,
        count: int,
        longest: float,
        log: Log,
        metrics: Metrics,
    ) -> None:
        self.count = count
        self._store = store
        self._database = database
        self._longest = longest
        self._log = log
        self._metrics = metrics
        self._stopped = threading.Event()
        self._tickets = threading.Semaphore(0)
        # Daemons: a task that does not heed the stop must not keep the process.
        self._threads = [
            threading.Thread(target=self._run, name=f"task-{number}", daemon=True)
            for number in range(1, count + 1)
        ]

    def start(self) -> None:
        """Takes up what an earlier run left, then works. Raises UnavailableError."""
        taken = self._store.take_up()
        if taken:
            self._log.warning("interrupted tasks are taken up again", count=taken)
        for thread in self._threads:
            thread.start()
        self._metrics.task_workers.set(self.count)

    def wake(self) -> None:
        """Tells an idle worker that there is a task."""
        self._tickets.release()

    def stop(self, within: float) -> None:
        """Interrupts what runs, puts it back into the queue, and waits for the threads to end."""
        self._stopped.set()
        self._tickets.release(self.count)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.1, within / len(self._threads)))

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                task = self._store.next()
            except UnavailableError as error:
                self._log.debug("tasks wait for the database", reason=str(error))
                self._stopped.wait(_PAUSE_SECONDS)
                continue
            if task is not None:
                self._work_on(task)
                continue
            self._tickets.acquire(timeout=_LOOK_SECONDS)

    def _work_on(self, task: dict[str, Any]) -> None:
        work = Work(task["seconds"], self._longest, self._stopped, self._database)
        try:
            result = run(task["kind"], work)
        except InterruptedTaskError:
            with suppress(UnavailableError):  # the next start takes up whatever runs
                self._store.put_back(task)
            return
        except (TaskFailedError, UnavailableError) as error:
            self._log.warning("task failed", task=task["id"], kind=task["kind"], reason=str(error))
            self._end(task, None, str(error))
            return
        self._log.debug("task done", task=task["id"], kind=task["kind"])
        self._end(task, result, None)

    def _end(self, task: dict[str, Any], result: str | None, error: str | None) -> None:
        while True:
            try:
                self._store.end(task, result=result, error=error)
            except UnavailableError:
                if self._stopped.wait(_PAUSE_SECONDS):
                    return  # it runs again after the next start: better twice than never
            else:
                return
