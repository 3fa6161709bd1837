"""The operations that need a secret key. Devices only."""
