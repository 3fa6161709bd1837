"""The HTTP service: one composition root, problem documents, authentication, limits and routes."""
