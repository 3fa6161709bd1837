"""What a phone tells of its owner's records: totals of tables, and nothing singly."""
