"""What CloudWatch counted at the endpoint lately: it has failures that the connection log leaves out.

Source: Client VPN administrator guide, "Monitoring Client VPN with CloudWatch". Failed sign-ins by certificate aren't
logged at all ("Connection logging"), and those by SAML only as far as the browser.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vpn.endpoints.models import Endpoint
from vpn.metrics.definitions import AUTHENTICATION_FAILURES, CONNECTIONS, HANDLER_ERRORS
from vpn.metrics.queries import MetricsState, Points, all_points, metrics_state

WITHIN: Final = timedelta(minutes=30)
# One person who tries again and again counts each time; ten within half an hour are more than one does.
MANY_FAILURES: Final = 10
MANY_ERRORS: Final = 3
# Of fewer, all may have gone to lunch.
MANY_CONNECTED: Final = 5


@dataclass(frozen=True)
class MetricSigns:
    """Of WITHIN. ``state`` None: no endpoint. Counts are 0 where CloudWatch has no point.

    ``failures``: sign-ins that failed; ``errors``: of the connect handler; ``since``: the first of either.
    ``dropped_at``: when nobody was connected any more, though ``connected`` people had been right before.
    """

    state: MetricsState | None = None
    failures: int = 0
    errors: int = 0
    since: datetime | None = None
    connected: int = 0
    dropped_at: datetime | None = None


def find_metric_signs(endpoint: Endpoint, now: datetime) -> MetricSigns:
    state = metrics_state(endpoint.account, now)
    if not state.known:
        return MetricSigns(state)
    names = [AUTHENTICATION_FAILURES.name, CONNECTIONS.name, *(metric.name for metric in HANDLER_ERRORS)]
    series = all_points([endpoint.endpoint_id], names, now - 2 * WITHIN, now)
    by_metric = {name: series.get((endpoint.endpoint_id, name), []) for name in names}
    failures = _counted(by_metric[AUTHENTICATION_FAILURES.name], now)
    errors = [point for metric in HANDLER_ERRORS for point in _counted(by_metric[metric.name], now)]
    failed, erred = _total(failures, MANY_FAILURES), _total(errors, MANY_ERRORS)
    moments = [at for at, _value in (*(failures if failed else ()), *(errors if erred else ()))]
    connected, dropped_at = _drop(by_metric[CONNECTIONS.name], state.complete_until)
    return MetricSigns(state, failed, erred, min(moments, default=None), connected, dropped_at)


def _counted(points: Points, now: datetime) -> list[tuple[datetime, float]]:
    return [(at, value) for at, value in points if value and at > now - WITHIN]


def _total(points: Iterable[tuple[datetime, float]], least: int) -> int:
    """0 where they are too few to mean anything."""
    total = int(sum(value for _at, value in points))
    return total if total >= least else 0


def _drop(points: Points, complete_until: datetime | None) -> tuple[int, datetime | None]:
    """Only by points that CloudWatch won't revise: a service that publishes late looks like nobody."""
    known = [
        (at, value)
        for at, value in points
        if value is not None and complete_until is not None and at < complete_until
    ]
    used = [(at, value) for at, value in known if value > 0]
    if not used or known[-1][1] > 0:
        return 0, None
    last_used, connected = used[-1]
    # In the evening people leave one after the other; at once they are cut off.
    if connected < max(MANY_CONNECTED, max(value for _at, value in used) / 2):
        return 0, None
    return int(connected), next(at for at, _value in known if at > last_used)
