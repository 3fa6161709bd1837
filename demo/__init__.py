"""The demonstration's own composition root: a programme, its phones and a real server in weeks of virtual time."""
