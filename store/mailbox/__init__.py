"""Reports of open periods, until their release: in a file of their own, which no backup holds."""
