"""This implementation behind the line protocol: `python -m conformance.reference`."""
