"""Metrics: figures about the running server in the Prometheus text format."""
