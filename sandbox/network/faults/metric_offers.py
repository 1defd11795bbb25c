"""The ways in which CloudWatch's metrics can fail those who read them, or say something else than the log."""

from typing import Final

from sandbox.bilingual import BilingualText
from sandbox.company import TOKYO
from sandbox.network.faults.offers import AwsFaultFields, Offer

FINDINGS: Final = "/connections/findings/"
READ: Final = "GetMetricData"
METRIC_ANSWERS: Final = (
    Offer(
        "metrics-denied",
        BilingualText(
            "メトリクスを読む権限がない（AccessDenied）", "Reading metrics is denied (AccessDenied)"
        ),
        BilingualText(
            "ポータルのロールから、cloudwatch:GetMetricDataがなくなります。",
            "The portal's role has lost cloudwatch:GetMetricData.",
        ),
        BilingualText(
            "5分以内に、エンドポイントの「メトリクス」に不明と理由が出ます。取得済みの値は残ります。",
            "Within five minutes “Metrics” of an endpoint says that they aren't known, and why. What was read stays.",
        ),
        fault=AwsFaultFields("error", "AccessDenied", action=READ),
    ),
    Offer(
        "metrics-throttled",
        BilingualText("CloudWatchが呼び出しを制限する（Throttling）", "CloudWatch throttles (Throttling)"),
        BilingualText(
            "メトリクスを読む呼び出しだけが、多すぎるとして断られます。",
            "Only the calls that read metrics are refused as too many.",
        ),
        BilingualText(
            "「メトリクス」に不明と理由が出ます。元に戻すと、抜けた時間も取得します。",
            "“Metrics” says that they aren't known, and why. Once mended, what was missed is read.",
        ),
        fault=AwsFaultFields("error", "Throttling", action=READ),
    ),
)
LOG_STOPPED: Final = Offer(
    "log-stopped",
    BilingualText("接続ログが止まる（設定は有効のまま）", "The log stops, though it is switched on"),
    BilingualText(
        "これからの接続は、どこにも記録されません。設定もロググループも、そのままです。",
        "What happens from now on is not logged anywhere. Settings and log group stay as they are.",
    ),
    BilingualText(
        "CloudWatchの接続数だけが変わり続けます。40分ほどで、検出事項「接続ログに記録のない接続」が出ます。",
        "Only CloudWatch still counts. After some 40 minutes “Connections without a line in the log” is found.",
    ),
    path=FINDINGS,
)
UNLOGGED_FAILURES: Final = Offer(
    "unlogged-failures",
    BilingualText(
        f"{TOKYO.label}で、記録されないログイン失敗が続く",
        f"Sign-ins to {TOKYO.label} fail without a line in the log",
    ),
    BilingualText(
        "1時間前から、5分ごとに7件のログイン失敗をCloudWatchが数えています。接続ログには残りません。",
        "For an hour CloudWatch has counted seven failed sign-ins every five minutes. None is in the log.",
    ),
    BilingualText(
        "15分ほどで、検出事項「接続ログに記録のないログイン失敗」が出ます。",
        "Within some 15 minutes “Failed sign-ins without a line in the log” is found.",
    ),
    path=FINDINGS,
)
NAT_PORTS: Final = Offer(
    "nat-ports",
    BilingualText("NATゲートウェイのポートが足りない", "The NAT gateways are out of ports"),
    BilingualText(
        "1時間前から、1分ごとに25件の接続を開けていません（ErrorPortAllocation）。",
        "For an hour they have failed to open 25 connections a minute (ErrorPortAllocation).",
    ),
    BilingualText(
        "15分ほどで、検出事項「NATゲートウェイの接続エラー」が出ます。",
        "Within some 15 minutes “The NAT gateway turns connections away” is found.",
    ),
    path=FINDINGS,
)
TUNNEL_METRIC: Final = Offer(
    "tunnel-metric",
    BilingualText(
        "会社へのトンネルが、メトリクスでは停止している",
        "By the metric alone, the tunnels to the office are down",
    ),
    BilingualText(
        "1時間前から、TunnelStateは0です。VPN接続の状態は「稼働中」のままです。",
        "For an hour TunnelState has been 0, while the VPN connection itself says that they are up.",
    ),
    BilingualText(
        "15分ほどで、検出事項「会社へのトンネルの停止」が出ます。",
        "Within some 15 minutes “A tunnel to the office is down” is found.",
    ),
    path=FINDINGS,
)
# By offer: the metric, and its value every time that it is published.
CONTRADICTIONS: Final = {
    UNLOGGED_FAILURES.id: ("AuthenticationFailures", 7.0),
    NAT_PORTS.id: ("ErrorPortAllocation", 25.0),
    TUNNEL_METRIC.id: ("TunnelState", 0.0),
}
