"""Finds and reads the definitions: systems, environments and claims."""
