"""What others may ask of the loop; each file below is one use case."""

from everlearn.modules.loop.service.policies import (
    change_policy,
    ensure_policy,
    find_policy,
    get_policy,
    schedule,
)
from everlearn.modules.loop.service.references import ensure_reference, set_reference
from everlearn.modules.loop.service.replays import move_replay, open_replay, replay_position
from everlearn.modules.loop.service.turning import turn

__all__ = [
    "change_policy",
    "ensure_policy",
    "ensure_reference",
    "find_policy",
    "get_policy",
    "move_replay",
    "open_replay",
    "replay_position",
    "schedule",
    "set_reference",
    "turn",
]
