"""The server's mailbox of reports."""
