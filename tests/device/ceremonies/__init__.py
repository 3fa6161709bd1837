"""Tests of `device.ceremonies`."""
