"""What the mailbox keeps. Its contents last a period, so a file of another form is not migrated but begun anew."""

from sqlalchemy import Connection

VERSION = 1
TABLES = (
    """
    CREATE TABLE openings (
        opening BLOB PRIMARY KEY, programme BLOB NOT NULL, noise BLOB NOT NULL, verify_key BLOB, sealed_key BLOB,
        total BLOB, decided INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE reports (
        opening BLOB NOT NULL REFERENCES openings, account BLOB NOT NULL, nonce BLOB NOT NULL, report BLOB NOT NULL,
        signature BLOB NOT NULL, first BLOB NOT NULL, second BLOB, leader BLOB NOT NULL,
        PRIMARY KEY (opening, account), UNIQUE (opening, nonce)
    )
    """,
    """
    CREATE TABLE verifiers (
        opening BLOB NOT NULL, account BLOB NOT NULL, aggregator INTEGER NOT NULL, share BLOB NOT NULL,
        PRIMARY KEY (opening, account, aggregator), FOREIGN KEY (opening, account) REFERENCES reports
    )
    """,
    """
    CREATE TABLE decisions (
        opening BLOB NOT NULL, account BLOB NOT NULL, accepted INTEGER NOT NULL, message BLOB NOT NULL,
        PRIMARY KEY (opening, account), FOREIGN KEY (opening, account) REFERENCES reports
    )
    """,
    """
    CREATE TABLE releases (
        opening BLOB PRIMARY KEY REFERENCES openings, closing BLOB NOT NULL, share BLOB NOT NULL,
        signature BLOB NOT NULL, reports INTEGER NOT NULL, accepted INTEGER NOT NULL, receipts BLOB
    )
    """,
)
HELD = ("verifiers", "decisions", "reports")
"""Tables of what is destroyed at the release, in an order that keeps references whole."""


def prepare(connection: Connection) -> None:
    """Make the tables of a new file, in one transaction."""
    (version,) = connection.exec_driver_sql("PRAGMA user_version").one()
    if version == VERSION:
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    for table in TABLES:
        connection.exec_driver_sql(table)
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
    connection.exec_driver_sql("COMMIT")
