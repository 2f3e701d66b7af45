"""Health: whether the server can do its work, asked of the database itself."""
