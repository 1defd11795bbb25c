"""Changes of what keeps the VPN recorded and people blocked out. They disconnect nobody, so nobody notices: pure."""

from collections.abc import Collection, Iterator, Sequence

from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, join_people


def log_consequences(
    before: EndpointConfiguration | None, after: EndpointConfiguration, *, log_groups: Collection[str]
) -> Iterator[Consequence]:
    """``before`` None: the endpoint is new. ``log_groups``: those that are known to exist."""
    replaced = before.log_group if before else ""
    if (before and replaced == after.log_group) or not after.exists:
        return
    if not after.log_group:
        yield Consequence(ConsequenceId.LOG_OFF, Tone.OUT)
        return
    # AWS makes no log group. A plan can't ask AWS, so a group that nobody has seen is not promised to record anything.
    if after.log_group not in log_groups:
        yield Consequence(ConsequenceId.LOG_GROUP_UNSEEN, Tone.OUT, {"group": after.log_group})
    elif not replaced:
        yield Consequence(ConsequenceId.LOG_ON, Tone.OK, {"group": after.log_group})
    if replaced:
        values = {"before": replaced, "after": after.log_group}
        yield Consequence(ConsequenceId.LOG_GROUP_CHANGED, Tone.WARN, values)


def handler_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration, *, blocked: Sequence[str]
) -> Iterator[Consequence]:
    """``blocked``: the people whom the deny list refuses now: only the client connect handler reads it."""
    gone = before.client_connect_handler
    if not gone or gone == after.client_connect_handler or not after.exists:
        return
    removed = not after.client_connect_handler
    yield Consequence(ConsequenceId.HANDLER_REMOVED if removed else ConsequenceId.HANDLER_CHANGED, Tone.OUT)
    if blocked:
        yield Consequence(
            ConsequenceId.BLOCKED_FREE if removed else ConsequenceId.BLOCKED_DOUBTFUL,
            Tone.OUT,
            {"count": len(blocked), "names": join_people(blocked)},
            tuple(blocked),
        )
