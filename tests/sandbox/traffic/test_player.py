"""The plan as it shows up in DescribeClientVpnConnections and FilterLogEvents."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed import administrator
from sandbox.aws.seed_posture import seed_device_posture
from sandbox.aws.seed_vpn import log_group_name, seeded_endpoint_id
from sandbox.company import HOME_ADDRESS, OSAKA, TOKYO
from sandbox.traffic.model import TOKYO_TIME, Planned, plan
from sandbox.traffic.player import EndpointLocation, Player, Tempo, counted_once, split

LOG_GROUP = "/genkan/clientvpn/tokyo-main"
TANAKA = "m.tanaka@example.co.jp"
DAY = 24 * 3600


@pytest.fixture
def player(control: Control, tokyo: EndpointLocation) -> Player:
    osaka = EndpointLocation(OSAKA.account, OSAKA.region, seeded_endpoint_id(OSAKA))
    return Player(control, {TOKYO.label: tokyo, OSAKA.label: osaka})


def does(action: str, *, at: float = 0, key: str = "a", reason: str = "", egress: int = 0) -> Planned:
    counters = {"ingress_bytes": 0, "egress_bytes": egress, "ingress_packets": 0, "egress_packets": 1}
    counts = action in {"count", "disconnect"}
    return Planned(
        at, key, action, TOKYO.label, TANAKA, HOME_ADDRESS, "mac", reason, counters if counts else {}
    )


def play(player: Player, actions: Iterable[Planned], *, speed: float = 1000, begin: float = 0) -> None:
    player.play(actions, begin=begin, tempo=Tempo(speed), stop=threading.Event())


def listed(aws: Callable[[str], Any], tokyo: EndpointLocation) -> list[dict[str, Any]]:
    pages = aws("ec2").get_paginator("describe_client_vpn_connections")
    answers = pages.paginate(ClientVpnEndpointId=tokyo.endpoint_id)
    return [connection for answer in answers for connection in answer["Connections"]]


def logged(aws: Callable[[str], Any], control: Control) -> list[dict[str, str]]:
    control.skip(1)
    pages = aws("logs").get_paginator("filter_log_events").paginate(logGroupName=LOG_GROUP)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


def test_a_session_of_the_plan_is_a_connection_and_four_events(
    player: Player, control: Control, aws: Any, tokyo: EndpointLocation
) -> None:
    play(player, [does("wait"), does("connect", at=20), does("count", at=300, egress=70)])
    connection = listed(aws, tokyo)[0]
    assert (connection["Username"], connection["EgressBytes"]) == (TANAKA, "70")
    play(player, [does("disconnect", at=400, egress=7)], begin=400)
    assert listed(aws, tokyo)[0]["Status"]["Code"] == "terminated"
    events = logged(aws, control)
    assert [event["connection-attempt-status"] for event in events] == [
        "waiting-for-assertion",
        "NA",
        "successful",
        "NA",
    ]
    assert (events[3]["egress-bytes"], events[3]["egress-packets"]) == ("77", "2")


def test_attempts_of_the_plan_fail_or_come_to_nothing(
    player: Player, control: Control, aws: Any, tokyo: EndpointLocation
) -> None:
    failing = [does("wait"), does("fail", at=10, reason="client-connect-failed")]
    play(player, [*failing, does("wait", at=20, key="b")])
    statuses = Counter(event["connection-attempt-status"] for event in logged(aws, control))
    assert statuses == {"waiting-for-assertion": 2, "NA": 1, "failed": 1}
    assert listed(aws, tokyo) == []


def test_accelerated_time_passes_faster_and_not_too_fast(
    player: Player, aws: Any, tokyo: EndpointLocation
) -> None:
    ten = _working_hour()
    actions = [does("wait", at=ten), does("connect", at=ten + 60), does("disconnect", at=ten + 120)]
    begun = time.monotonic()
    play(player, actions, speed=120, begin=ten)
    assert 1 <= time.monotonic() - begun < 20
    assert [connection["Status"]["Code"] for connection in listed(aws, tokyo)] == ["terminated"]


def _working_hour() -> float:
    return datetime(2026, 11, 17, 10, tzinfo=TOKYO_TIME).timestamp()


def test_nights_and_weekends_pass_faster_still_but_never_in_real_time() -> None:
    monday_ten = _working_hour() - DAY
    saturday, night = monday_ten + 5 * DAY, monday_ten + 13 * 3600
    assert Tempo(60).seconds(monday_ten, monday_ten + 60) == pytest.approx(1)
    assert Tempo(60).seconds(saturday, saturday + 60) == pytest.approx(0.1)
    assert Tempo(60).seconds(night, night + 60) == pytest.approx(0.1)
    assert Tempo(1).seconds(night, night + 60) == pytest.approx(60)


def test_it_stops_at_once_when_told(player: Player) -> None:
    stop = threading.Event()
    playing = threading.Thread(
        target=player.play,
        args=([does("wait", at=DAY)],),
        kwargs={"begin": 0, "tempo": Tempo(1), "stop": stop},
    )
    playing.start()
    stop.set()
    playing.join(5)
    assert not playing.is_alive()


def test_a_week_of_the_past_is_in_the_log_at_once_and_who_is_still_there_stays(
    player: Player, control: Control, aws: Any, tokyo: EndpointLocation
) -> None:
    now = control.now()
    past, future = split(plan(count=20, seed=7, begin=now - 7 * DAY), now)
    following = next(future)
    assert past[-1].at <= now < following.at
    player.backfill(past)
    connects = [action for action in past if (action.do, action.label) == ("connect", TOKYO.label)]
    fails = [action for action in past if (action.do, action.label) == ("fail", TOKYO.label)]
    statuses = Counter(event["connection-attempt-status"] for event in logged(aws, control))
    assert (statuses["successful"], statuses["failed"]) == (len(connects), len(fails))
    active = {
        connection["ConnectionId"]
        for connection in listed(aws, tokyo)
        if connection["Status"]["Code"] == "active"
    }
    assert active <= set(player.open.values())


def test_nothing_is_lost_between_connect_and_reset(
    player: Player, control: Control, aws: Any, tokyo: EndpointLocation
) -> None:
    now = control.now()
    past, _ = split(plan(count=20, seed=7, begin=now - 7 * DAY), now)
    player.backfill(past)
    events = logged(aws, control)
    begun = {e["connection-id"] for e in events if e["connection-attempt-status"] == "successful"}
    ended = {
        e["connection-id"]: e
        for e in events
        if e["connection-log-type"] == "connection-reset" and e["connection-reset-status"] == "NA"
    }
    active = {
        connection["ConnectionId"]
        for connection in listed(aws, tokyo)
        if connection["Status"]["Code"] == "active"
    }
    assert begun == ended.keys() | active
    assert not ended.keys() & active
    sent = sum(action.counters.get("egress_bytes", 0) for action in past if action.label == TOKYO.label)
    reported = sum(int(event["egress-bytes"]) for event in ended.values())
    reported += sum(
        int(connection["EgressBytes"])
        for connection in listed(aws, tokyo)
        if connection["ConnectionId"] in active
    )
    assert 0.99 * sent <= reported <= sent


def test_a_session_s_past_traffic_is_told_at_once() -> None:
    actions = [
        does("connect"),
        *(does("count", at=at, egress=5) for at in (300, 600, 900)),
        does("disconnect", at=999),
    ]
    summed = counted_once(actions)
    assert [action.do for action in summed] == ["connect", "count", "disconnect"]
    assert summed[1].counters["egress_bytes"] == 15
    assert actions[1].counters["egress_bytes"] == 5


def test_a_client_that_was_reset_connects_again(
    player: Player, control: Control, aws: Any, tokyo: EndpointLocation
) -> None:
    play(player, [does("wait"), does("connect", at=20)])
    aws("ec2").modify_client_vpn_endpoint(ClientVpnEndpointId=tokyo.endpoint_id, VpnPort=1194)
    play(player, [does("count", at=300), does("count", at=600)], begin=300)
    codes = [connection["Status"]["Code"] for connection in listed(aws, tokyo)]
    assert codes == ["terminated", "active"]


def test_a_client_that_was_terminated_stays_away(
    player: Player, control: Control, aws: Any, tokyo: EndpointLocation
) -> None:
    play(player, [does("wait"), does("connect", at=20)])
    aws("ec2").terminate_client_vpn_connections(
        ClientVpnEndpointId=tokyo.endpoint_id, ConnectionId=player.open["a"]
    )
    control.skip(60)
    play(player, [*(does("count", at=at) for at in (300, 600)), does("disconnect", at=700)], begin=300)
    assert [connection["Status"]["Code"] for connection in listed(aws, tokyo)] == ["terminated"]


def test_people_come_back_when_the_endpoint_has_a_network_again(
    player: Player, control: Control, aws: Any, tokyo: EndpointLocation
) -> None:
    ec2 = aws("ec2")
    play(player, [does("wait"), does("connect", at=20)])
    networks = ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=tokyo.endpoint_id)
    association = networks["ClientVpnTargetNetworks"][0]
    endpoint = {"ClientVpnEndpointId": tokyo.endpoint_id}
    ec2.disassociate_client_vpn_target_network(**endpoint, AssociationId=association["AssociationId"])
    control.skip(1)
    away = [
        does("count", at=300),
        does("count", at=600),
        does("wait", key="b"),
        does("connect", key="b", at=9),
    ]
    play(player, away)
    assert player.open == {}
    ec2.associate_client_vpn_target_network(**endpoint, SubnetId=association["TargetNetworkId"])
    control.skip(1)
    play(player, [does("count", at=900), does("count", at=900, key="b")], begin=900)
    codes = Counter(connection["Status"]["Code"] for connection in listed(aws, tokyo))
    assert codes == {"terminated": 1, "active": 2}


def test_a_plan_that_makes_no_sense_is_an_error(player: Player) -> None:
    with pytest.raises(SandboxError, match="not a failure reason"):
        player.act(does("fail", reason="bad-mood"))


def test_split_keeps_every_action(control: Control) -> None:
    begin = datetime(2026, 11, 16, tzinfo=TOKYO_TIME)
    middle = (begin + timedelta(hours=36)).timestamp()
    stream = plan(count=5, seed=1, begin=begin.timestamp())
    past, future = split(stream, middle)
    again = plan(count=5, seed=1, begin=begin.timestamp())
    assert [next(again) for _ in past] == past
    assert next(again) == next(future)


def test_every_evaluation_of_a_policy_that_aws_publishes_is_played(
    player: Player, control: Control, aws_url: str
) -> None:
    """Admin guide, "Authorization policy connection log examples": permitted, refused by an error, cut by a denial."""
    seed_device_posture(aws_url)
    control.skip(60)
    now = control.now()
    # The plan depends on the day, so there are enough people for each kind on any of them.
    past, _future = split(plan(count=200, seed=7, begin=now - 7 * DAY), now)
    player.backfill([action for action in past if action.label == OSAKA.label])
    control.skip(60)
    with closing(administrator(aws_url, OSAKA)("logs")) as logs:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=log_group_name(OSAKA))
        events = [json.loads(event["message"]) for page in pages for event in page["events"]]
    played = set()
    for event in events:
        if evaluation := event.get("authorization-policy-evaluation"):
            token = evaluation["device-token-status"].get("crowdstrike", {})
            told = [
                evaluation.get(name, "") for name in ("result", "evaluation-type", "shadow-mode", "reason")
            ]
            played.add((event["connection-attempt-status"], *told, token.get("status", "")))
    attempt, enforced, denied = "connection-attempt", "disabled", "policy-deny"
    assert {
        ("successful", "permit", attempt, enforced, "", "validated"),
        ("failed", "error", attempt, enforced, denied, "failed"),
        ("NA", "deny", "periodic", enforced, denied, "validated"),
    } <= played
