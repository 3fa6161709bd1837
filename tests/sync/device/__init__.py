"""Tests of `sync.device`."""
