"""The operations a server may hold: encoding, hashing and verification."""
