"""The device's half of the sync protocol: merge, outbox and replica."""
