"""The gate: decides from evidence whether a version may go one step further, and says why."""
