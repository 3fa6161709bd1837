"""The demonstration: its own composition root, a programme, its phones and a real server as weeks pass."""
