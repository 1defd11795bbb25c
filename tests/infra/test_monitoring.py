"""Dashboard and alerts ask for metrics that exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import timezone

from portal.audit.tags import Tag
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.certificates.models import Certificate, CertificateKind
from vpn.connection_log.models import LogSource
from vpn.metrics.models import MetricSource
from vpn.monitoring.collector import PortalCollector
from vpn.monitoring.durations import REQUESTS, TASKS

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = ROOT / "infra" / "monitoring"
DOCS = ROOT / "docs" / "monitoring.md"


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((FILES / "genkan-alerts.yml").read_text(encoding="utf-8"))["groups"]
    alerts: list[dict[str, Any]] = group["rules"]
    return alerts


def panels() -> list[dict[str, Any]]:
    dashboard: list[dict[str, Any]] = json.loads(
        (FILES / "genkan-dashboard.json").read_text(encoding="utf-8")
    )["panels"]
    return dashboard


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])


@pytest.fixture
def labels(db: None) -> dict[str, set[str]]:
    """Each metric's label names, from a database in which everything has a sample."""
    endpoint = save_endpoint()
    LogSource.objects.create(account=endpoint.account, log_group="/vpn", named_at=timezone.now())
    MetricSource.objects.create(account=endpoint.account)
    Certificate.objects.create(
        kind=CertificateKind.PORTAL, reference="x", not_after=timezone.now(), named_at=timezone.now()
    )
    REQUESTS.record([(("home", "200"), 0.1)])
    TASKS.record([(("x", "SUCCESS"), 0.1)])
    by_metric: dict[str, set[str]] = {}
    for family in PortalCollector().collect():
        by_metric[family.name] = set()
        for sample in family.samples:
            by_metric.setdefault(sample.name, set()).update(sample.labels)
    return by_metric


def test_every_metric_that_is_asked_for_exists(labels: dict[str, set[str]]) -> None:
    asked = {name for expression in expressions() for name in re.findall(r"genkan_\w+", expression)}
    assert asked <= set(labels)


def test_every_metric_is_on_the_dashboard(labels: dict[str, set[str]]) -> None:
    shown = " ".join(target["expr"] for panel in panels() for target in panel["targets"])
    families = [name for name in labels if not name.endswith(("_bucket", "_count", "_sum"))]
    assert [name for name in families if name not in shown] == []


def test_every_label_of_a_legend_exists(labels: dict[str, set[str]]) -> None:
    for target in (target for panel in panels() for target in panel["targets"]):
        (metric, *_others) = re.findall(r"genkan_\w+", target["expr"])
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels[metric], target


def test_every_tag_that_is_asked_for_can_be_recorded() -> None:
    patterns = [
        pattern for expression in expressions() for pattern in re.findall(r'tag=~?"([^"]+)"', expression)
    ]
    assert patterns
    for pattern in patterns:
        assert any(re.fullmatch(pattern, tag) for tag in Tag.values), pattern


def test_panels_do_not_lie_on_each_other() -> None:
    used: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & used, panel["title"]
        assert max(x for x, _ in cells) < 24, panel["title"]
        used |= cells
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_every_alert_is_complete_and_explained() -> None:
    explained = re.findall(r"`(Genkan\w+)`", DOCS.read_text(encoding="utf-8"))
    assert explained == [rule["alert"] for rule in rules()]
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "description"}
