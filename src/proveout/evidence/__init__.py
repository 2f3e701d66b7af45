"""The record a run leaves: who was tested, what ran, what came out."""
