"""What can go wrong with a store, each error one sentence that says what happened and what to do.

StoreError
├── StoreUnreachable    nobody answers at that address, or the file cannot be opened
├── StoreEmpty          nothing is there yet: migrate
├── StoreOlder          made by an earlier version: migrate
├── StoreNewer          made by a later version: upgrade the program
├── StoreForeign        a database of something else: choose another address
├── StoreReadOnly       writing is not permitted
├── StoreBusy           another writer holds it longer than we wait
├── StoreFull           no room left on the disk
├── StoreDamaged        the file is not whole: restore a backup
└── LeaseLost           another process took the work over: stop writing
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of all: catch this to say one sentence and stop."""


class StoreUnreachable(StoreError):
    """Nobody answers at that address, or the file cannot be opened."""


class StoreEmpty(StoreError):
    """The database has no tables yet."""


class StoreOlder(StoreError):
    """The schema is older than this program's."""


class StoreNewer(StoreError):
    """The schema is newer than this program's."""


class StoreForeign(StoreError):
    """The database belongs to another program."""


class StoreReadOnly(StoreError):
    """The database, its file or its folder refuses to be written."""


class StoreBusy(StoreError):
    """Another writer held the store for longer than we wait."""


class StoreFull(StoreError):
    """The disk has no room; nothing of the transaction was kept."""


class StoreDamaged(StoreError):
    """The database file is not a whole database."""


class LeaseLost(StoreError):
    """Another process took over the work that a lease stood for; nothing of the transaction was kept."""
