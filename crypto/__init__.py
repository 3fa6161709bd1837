"""Bytes in, bytes out: canonical encoding, signatures, sealing and key derivation."""
