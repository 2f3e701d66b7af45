"""Registers the fixtures of the tests; they live in machinery/."""

pytest_plugins = [
    "machinery.verification",  # before those that import it
    "machinery.examples",
    "machinery.far",
    "machinery.folders",
    "machinery.interrupts",
    "machinery.no_skips",
    "machinery.repeatable",
    "machinery.servers",
]
