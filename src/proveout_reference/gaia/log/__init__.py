"""The log: records, the formats they are written in, and the outputs they go to."""
