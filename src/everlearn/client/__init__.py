"""The HTTP client: hand over events and their like, and go on; they are sent in the background.

    with everlearn.Client("http://127.0.0.1:8686", key, spill="/var/lib/app/spill") as client:
        client.event("data_ingestion", {"rows": 1000})

What is handed over waits in memory, bounded, and goes to the server in batches. While the server is
away it goes to files in the folder `spill`, also bounded, and from there to the server once that is
back, after a restart of the program too. Each item has an id of its own before it is first sent,
so that whatever is sent twice is written once.
"""

from everlearn.client.client import Client
from everlearn.client.errors import BufferFull, SpillDamaged, SpillInUse
from everlearn.client.types import Refused, Stats

__all__ = ["BufferFull", "Client", "Refused", "SpillDamaged", "SpillInUse", "Stats"]
