"""Tests of `crypto.secret`."""
