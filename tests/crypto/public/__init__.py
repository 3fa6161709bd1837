"""Tests of `crypto.public`."""
