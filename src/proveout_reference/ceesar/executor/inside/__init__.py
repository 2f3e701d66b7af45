"""Inside: what runs between the server and a jailed program, in its own small process.

Loaded by a bare interpreter for every execution: standard library only, and little of it.
"""
