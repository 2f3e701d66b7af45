"""Registers the fixtures of the tests; they live in machinery/."""

pytest_plugins = ["machinery.verification", "machinery.servers", "machinery.far"]
