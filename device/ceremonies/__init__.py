"""Founding, inviting, joining, linking, recovering, rotating: docs/protocol/7-ceremonies.md, a file each."""
