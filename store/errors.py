"""What can go wrong here that no client is to blame for."""


class StorageFailed(Exception):
    """The database did not store or read; nothing of the request is acknowledged and nothing of it is kept."""


class Overloaded(Exception):
    """More jobs wait than can be done in time; the request was not begun."""


class NoFile(Exception):
    """The database is no file that could be copied; its own programs make its backups."""


class AlreadyServed(Exception):
    """Another server process has this database open: two would each trust their own cached heads."""
