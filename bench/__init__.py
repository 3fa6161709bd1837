"""Measurements against bare baselines made in the same run (docs/performance.md)."""
