"""Whole programmes in one process and virtual time."""
