"""The reference phone: an engine over sync, its own encrypted database and its transport."""
