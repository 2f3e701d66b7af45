"""GAIA_GO: quotas, confirmations and tasks over HTTP, configured by environment variables alone."""
