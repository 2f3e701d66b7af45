"""What locust runs: one user per worker, who lets those of the journeys arrive as the order says.

Started by the load and soak checks; by hand, with an order of theirs:
PROVEOUT_LOAD_ORDER=order-0001.json locust -f suites/load/locustfile.py --headless --users 1
"""

from proveout.load.scheduler import Scheduler

__all__ = ["Scheduler"]
