"""Days nobody had to wait for, to learn what the verdict of a soak is worth."""
