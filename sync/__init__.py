"""The sync protocol without input or output: log, roster and entry checks, run by both sides."""
