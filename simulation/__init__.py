"""The whole system in one process and in virtual time: real phones, the real server, and everything that goes wrong."""
