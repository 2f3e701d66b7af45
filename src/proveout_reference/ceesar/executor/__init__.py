"""Executor: runs programs people submit, never outside a jail or a container."""
