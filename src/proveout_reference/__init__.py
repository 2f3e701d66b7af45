"""Reference servers: real, independent implementations of the documented systems."""
