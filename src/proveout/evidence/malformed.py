"""What was read is not of the form it should be."""


class Malformed(Exception):
    """Bytes that are not what they should be; the text is a sentence about what they are instead."""
