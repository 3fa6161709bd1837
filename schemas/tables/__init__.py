"""What can be counted, and the tables that are ready to be counted, as data (docs/protocol/10-statistics.md)."""
