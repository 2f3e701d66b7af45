"""Registers the fixtures of the tests; they live in machinery/."""

pytest_plugins = [
    "machinery.far",
    "machinery.folders",
    "machinery.no_skips",
    "machinery.servers",
    "machinery.verification",
]
