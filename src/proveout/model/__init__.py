"""What proveout speaks of: environments, claims, verdicts, and mistakes in describing them."""
