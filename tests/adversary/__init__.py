"""Tests in which somebody lies, replays, truncates or reorders."""
