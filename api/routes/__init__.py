"""One noun a file; each makes its router over the shared services."""
