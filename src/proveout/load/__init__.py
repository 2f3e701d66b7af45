"""Load: what users do at a declared rate, how it is recorded, and what it proves of a budget."""
