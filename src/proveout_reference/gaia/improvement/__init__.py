"""Improvement: the server looks at its own figures, mends what it can, and records every step."""
