"""The suites' root: proveout registers itself through its entry point; registering it twice would crash."""
