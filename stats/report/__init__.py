"""Released tables for people and for programs: terminal, CSV, JSON and one HTML page."""
