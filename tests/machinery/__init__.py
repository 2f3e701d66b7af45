"""Real runs and real servers for the tests."""
