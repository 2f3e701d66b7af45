"""Keeps a run from harming what it verifies, and from verifying the wrong thing."""
