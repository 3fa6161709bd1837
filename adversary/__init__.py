"""The adversary kit: a real server that lies to real clients over the wire, and a verdict on each lie."""
