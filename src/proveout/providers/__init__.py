"""Obtains targets: finds the live one, or starts a disposable copy and ends it again."""
