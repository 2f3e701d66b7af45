"""The database: its file, its schema, its backups, and the connections the process holds open."""
