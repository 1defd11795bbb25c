"""All rules, in the order in which their findings are shown."""

from typing import Final

from vpn.findings import (
    aws_health,
    certificate_changed,
    certificate_ending,
    changed_outside,
    changed_outside_minor,
    client_outdated,
    egress_contradicted,
    endpoint_broken,
    expectation_broken,
    failures_rising,
    group_gone,
    handler_errors,
    health_unreadable,
    left_directory,
    log_behind,
    logging_off,
    many_opened,
    nat_errors,
    never_signed_in,
    no_access,
    not_seen,
    shared_device,
    tunnel_down,
    tunnel_maintenance,
    two_places,
    unlogged_connections,
    unlogged_failures,
    unreadable_rising,
)
from vpn.findings.rule import FindingRule

RULES: Final[dict[str, FindingRule]] = {
    module.RULE.kind: module.RULE
    for module in (
        endpoint_broken,
        handler_errors,
        nat_errors,
        tunnel_down,
        aws_health,
        certificate_ending,
        certificate_changed,
        changed_outside,
        egress_contradicted,
        expectation_broken,
        tunnel_maintenance,
        two_places,
        shared_device,
        many_opened,
        failures_rising,
        client_outdated,
        left_directory,
        no_access,
        group_gone,
        never_signed_in,
        not_seen,
        unlogged_connections,
        unlogged_failures,
        logging_off,
        log_behind,
        unreadable_rising,
        changed_outside_minor,
        health_unreadable,
    )
}
