"""What the operator hands out: the ticket with which a lead founds a programme."""

import os

from api.keyfile import server_key
from api.settings import Settings
from crypto.public.randomness import Randomness
from store.tokens import mint
from sync.ticket import Ticket


def founding_ticket(settings: Settings, randomness: Randomness = os.urandom) -> Ticket:
    """A ticket of kind `found`, good once; also while the server runs. Raises KeyFileWrong, StorageFailed."""
    key = server_key(settings.key_path, randomness)
    token = mint(settings.database_path, randomness)
    return Ticket("found", settings.address, key.public, token)
