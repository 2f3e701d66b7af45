"""The soak: a day of load on one target, what the ledger says of it, and the verdict."""
