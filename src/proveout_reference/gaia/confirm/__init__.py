"""Confirm: whether an assistant may do what it asks for, decided by patterns and preferences."""
