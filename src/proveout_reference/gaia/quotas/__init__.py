"""Quotas: how many commands of a type may be asked for, and how many were."""
