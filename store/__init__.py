"""The server's SQL: SQLModel tables, migrations' metadata and transactions."""
