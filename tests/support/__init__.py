"""Builders shared by the tests: honest actors, and what travels with their statements."""
