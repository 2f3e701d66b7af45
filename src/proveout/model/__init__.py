"""What proveout speaks of: environments, claims, verdicts, and the mistakes people make in describing them."""
