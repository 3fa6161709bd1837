"""Clients from openapi.yaml: generated ones that are tried against a real server, and a second implementation."""
