"""Tests of the served contract against openapi.yaml."""
