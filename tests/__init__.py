"""The test tree; it mirrors the rooms."""
