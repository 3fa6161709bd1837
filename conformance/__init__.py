"""Any implementation of the protocol, judged by the vectors and by ceremonies (docs/protocol/conformance.md)."""
