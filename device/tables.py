"""The phone's tables, and how an older database becomes a current one.

Ids, hashes and keys are blobs; `log` is a log id. `meta` belongs to whoever names a key in it.
"""

from typing import Any

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB) STRICT",
        # One row: the mark of the keystore's incarnation, and whether this transaction has signed anything.
        "CREATE TABLE incarnation (mark BLOB NOT NULL, signed INTEGER NOT NULL DEFAULT 0) STRICT",
        # The logs this phone follows. position, head: what it verified and stored; stamp: highest read or written.
        """CREATE TABLE logs (
            log BLOB PRIMARY KEY, name TEXT NOT NULL, position INTEGER NOT NULL DEFAULT 0, head BLOB,
            stamp INTEGER NOT NULL DEFAULT 0, note TEXT
        ) STRICT""",
        """CREATE TABLE entries (
            log BLOB NOT NULL, position INTEGER NOT NULL, device BLOB NOT NULL, sequence INTEGER NOT NULL,
            header BLOB NOT NULL, signature BLOB NOT NULL, body BLOB, leaf BLOB NOT NULL, head BLOB NOT NULL,
            PRIMARY KEY (log, position)
        ) STRICT""",
        """CREATE TABLE outbox (
            log BLOB NOT NULL, sequence INTEGER NOT NULL, header BLOB NOT NULL, signature BLOB NOT NULL, body BLOB,
            rows BLOB, stamp INTEGER, PRIMARY KEY (log, sequence)
        ) STRICT""",
        "CREATE TRIGGER outbox_signs AFTER INSERT ON outbox BEGIN UPDATE incarnation SET signed = 1; END",
        """CREATE TABLE epoch_keys (
            log BLOB NOT NULL, epoch INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY (log, epoch)
        ) STRICT""",
        """CREATE TABLE quarantine (
            log BLOB NOT NULL, position INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (log, position)
        ) STRICT""",
        # state: RecordState.encode() of all that has landed. Without rowids landing took twice as long.
        """CREATE TABLE records (
            log BLOB NOT NULL, record BLOB NOT NULL, type TEXT NOT NULL, deleted INTEGER NOT NULL,
            state BLOB NOT NULL, PRIMARY KEY (log, record)
        ) STRICT""",
        "CREATE INDEX records_by_type ON records (log, type)",
        # Local changes that have not come back at a position, a field a row (no field: the record itself was named
        # or deleted). sequence: the outbox entry that carries it. stamp without sequence: to be sealed again.
        """CREATE TABLE pending (
            id INTEGER PRIMARY KEY, log BLOB NOT NULL, record BLOB NOT NULL, type TEXT NOT NULL,
            version INTEGER NOT NULL, deleted INTEGER NOT NULL, field TEXT, value BLOB, removed INTEGER NOT NULL,
            seen INTEGER NOT NULL, sequence INTEGER, stamp INTEGER
        ) STRICT""",
        "CREATE INDEX pending_by_record ON pending (log, record)",
        # Edits of one field before a flush are one change.
        """CREATE UNIQUE INDEX pending_unstamped ON pending (log, record, COALESCE(field, ''))
            WHERE stamp IS NULL""",
    ),
    (
        # The newest landed entry of each device: its position, and the clock of whoever wrote it.
        """CREATE TABLE heard (
            device BLOB NOT NULL, log BLOB NOT NULL, position INTEGER NOT NULL, written_at INTEGER NOT NULL,
            PRIMARY KEY (device, log)
        ) STRICT""",
        # What the account's other phones did, until it was shown once. position: of the statement in the roster.
        "CREATE TABLE notices (position INTEGER PRIMARY KEY, notice TEXT NOT NULL) STRICT",
    ),
    (
        # The state at which this phone began to read the log, if not at its genesis.
        "ALTER TABLE logs ADD COLUMN began INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE logs ADD COLUMN began_at BLOB",
        # The newest witness of each account: its position and day, and the highest roster position that any names.
        """CREATE TABLE witnessed (
            account BLOB PRIMARY KEY, position INTEGER NOT NULL, day INTEGER NOT NULL, roster INTEGER NOT NULL
        ) STRICT""",
        # What witnesses (at `position`, by `device`) say of this phone's logs, until it was found true or false.
        # at: the position they name; none: `head` is a digest of the own space. withheld: the log ended below.
        """CREATE TABLE claims (
            log BLOB NOT NULL, position INTEGER NOT NULL, device BLOB NOT NULL, roster INTEGER NOT NULL, at INTEGER,
            head BLOB NOT NULL, withheld INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (log, position)
        ) STRICT""",
        # That an account was shown another head of a log than this phone; empty: the person it was compared with.
        """CREATE TABLE forks (
            log BLOB NOT NULL, account BLOB NOT NULL, at INTEGER NOT NULL, head BLOB NOT NULL,
            roster INTEGER NOT NULL, PRIMARY KEY (log, account, at, head)
        ) STRICT""",
    ),
    (
        # Entries of kind `erase`. due: a day; seen_on: the day, by this phone's own clock, on which it first saw it.
        # checked: what remains without the bodies it names says all that this phone knows.
        """CREATE TABLE erasures (
            log BLOB NOT NULL, position INTEGER NOT NULL, leaf BLOB NOT NULL, device BLOB NOT NULL,
            due INTEGER NOT NULL, cosigned INTEGER NOT NULL, seen_on INTEGER NOT NULL,
            withdrawn INTEGER NOT NULL DEFAULT 0, checked INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (log, position)
        ) STRICT""",
        # erasure: position of the `erase` that names the body at `position`.
        """CREATE TABLE erased (
            log BLOB NOT NULL, position INTEGER NOT NULL, erasure INTEGER NOT NULL,
            PRIMARY KEY (log, position, erasure)
        ) STRICT""",
        # Sealed entries that came without their bodies, until the bodies come or an erasure allows it.
        "CREATE TABLE omissions (log BLOB NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (log, position)) STRICT",
        # tidying: decided upon what the log held; where it is refused, it is dropped and decided again.
        "ALTER TABLE outbox ADD COLUMN tidying INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # What the server signed. part: the newest answer whose head was verified, or the two of a contradiction.
        """CREATE TABLE answers (
            log BLOB NOT NULL, part TEXT NOT NULL, message BLOB NOT NULL, signature BLOB NOT NULL,
            PRIMARY KEY (log, part)
        ) STRICT""",
    ),
    (
        # Entries of a history that was left for another one, until what they held has been said again there. kept: for
        # longer, since this phone could not read it, or may not write there.
        """CREATE TABLE aside (
            log BLOB NOT NULL, leaf BLOB NOT NULL, position INTEGER NOT NULL, header BLOB NOT NULL,
            signature BLOB NOT NULL, body BLOB, kept INTEGER NOT NULL, PRIMARY KEY (log, leaf)
        ) STRICT""",
        # stood: the roster position at which the server last knew what this phone has of the log.
        "ALTER TABLE logs ADD COLUMN stood INTEGER NOT NULL DEFAULT 0",
        # again: what an entry set aside had said, in this phone's own name, under the stamp it had.
        "ALTER TABLE pending ADD COLUMN again INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX pending_again ON pending (log, record) WHERE again = 1",
    ),
    (
        # Two histories of a programme may each have a key of one epoch, and the server be put back to either. The
        # newest row is that of the history this phone is in.
        "ALTER TABLE epoch_keys RENAME TO sole_keys",
        """CREATE TABLE epoch_keys (
            id INTEGER PRIMARY KEY, log BLOB NOT NULL, epoch INTEGER NOT NULL, key BLOB NOT NULL,
            UNIQUE (log, epoch, key)
        ) STRICT""",
        "INSERT INTO epoch_keys (log, epoch, key) SELECT log, epoch, key FROM sole_keys",
        "DROP TABLE sole_keys",
    ),
    (
        # What entries at these positions said of what this phone was about to say again: digests of the changes.
        """CREATE TABLE echoes (
            log BLOB NOT NULL, position INTEGER NOT NULL, change BLOB NOT NULL, PRIMARY KEY (log, position, change)
        ) STRICT""",
        # Records deleted before they left this phone, as far as it knew: before its backup came back it may have sent
        # them.
        "CREATE TABLE dropped (log BLOB, record BLOB, PRIMARY KEY (log, record)) STRICT, WITHOUT ROWID",
    ),
    (
        # Keys of offers by the hash that the roster names: on this device alone, destroyed after use.
        """CREATE TABLE offer_keys (
            hash BLOB PRIMARY KEY, task BLOB NOT NULL, period INTEGER NOT NULL, seed BLOB NOT NULL
        ) STRICT""",
        # By the commitment that the opening names. handed: the server has it, and the second aggregator's copy.
        """CREATE TABLE verify_keys (
            commitment BLOB PRIMARY KEY, task BLOB NOT NULL, period INTEGER NOT NULL, key BLOB NOT NULL,
            handed INTEGER NOT NULL DEFAULT 0
        ) STRICT""",
        # What this aggregator device made of a report. verifier, joint, out_share: empty if nothing can be made of it;
        # sent: the server has the verifier share; accepted: by the server and by this device, NULL: not decided yet.
        """CREATE TABLE verified (
            opening BLOB NOT NULL, account BLOB NOT NULL, nonce BLOB NOT NULL, report BLOB NOT NULL,
            verifier BLOB NOT NULL, joint BLOB NOT NULL, out_share BLOB NOT NULL, sent INTEGER NOT NULL DEFAULT 0,
            accepted INTEGER, PRIMARY KEY (opening, account), UNIQUE (opening, nonce)
        ) STRICT""",
        # The second aggregator's sealed share: sealed anew it would be other bytes, which the server refuses.
        "CREATE TABLE totals (opening BLOB PRIMARY KEY, sealed BLOB NOT NULL, sent INTEGER NOT NULL DEFAULT 0) STRICT",
        # When this phone reports to an opening, in seconds since 1970; drawn once.
        "CREATE TABLE moments (opening BLOB PRIMARY KEY, moment INTEGER NOT NULL) STRICT",
        # Reports on their way. record: says in the personal space what the report counts; second: of three shares.
        """CREATE TABLE reports (
            opening BLOB PRIMARY KEY, record BLOB NOT NULL, report BLOB NOT NULL, signature BLOB NOT NULL,
            leader BLOB NOT NULL, first BLOB NOT NULL, second BLOB
        ) STRICT""",
    ),
    (
        # noise: key of what a second aggregator adds to its sum. As old as the offer, so that a phone that was put back
        # from a backup draws the same again; NULL for an offer of an older version.
        "ALTER TABLE offer_keys ADD COLUMN noise BLOB",
    ),
    (
        # Follow-ups of which this phone reminds no longer, with the day (YYYY-MM-DD) for which they were due.
        "CREATE TABLE settled (record BLOB PRIMARY KEY, due TEXT NOT NULL) STRICT",
    ),
    (
        # lapsed: a deletion that retention decided on, upon what the log held.
        "ALTER TABLE pending ADD COLUMN lapsed INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # Deletions that landed, by the entry that first carried each: the state of a record knows one author alone.
        """CREATE TABLE deletions (
            log BLOB NOT NULL, record BLOB NOT NULL, position INTEGER NOT NULL, device BLOB NOT NULL,
            stamp INTEGER NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL,
            PRIMARY KEY (log, record, position, device)
        ) STRICT, WITHOUT ROWID""",
    ),
)


class DatabaseNewer(Exception):
    """The database was written by a newer version of this program, which must be installed to open it."""


def migrate(connection: Any) -> None:
    """Bring the database up to date, one transaction a step.

    Raises DatabaseNewer, and leaves everything as it is, if it is ahead of this program.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise DatabaseNewer(f"the database has version {version}, this program knows {len(MIGRATIONS)}: update it")
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
