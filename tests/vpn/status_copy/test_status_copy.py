"""The copy of the status page in a bucket: what it says and doesn't say, and that a failure to write it is seen."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from sandbox.aws.seed import administrator
from sandbox.company import STATUS_BUCKET as BUCKET
from sandbox.company import TOKYO
from tests.conftest import SignedIn
from tests.vpn.aws.test_client_connect_handler import Loader
from tests.vpn.incidents.test_incidents import publish
from vpn.status_copy import bucket
from vpn.status_copy.models import StatusCopy
from vpn.status_copy.writing import services
from vpn.status_copy.writing.tasks import publish as publish_task

TEMPLATE: Final = Path(__file__).parents[3] / "infra/cloudformation/status-page.yaml"


@pytest.fixture
def s3(aws: str, settings: Settings) -> Iterator[Any]:
    """The bucket as its owner sees it."""
    settings.STATUS_COPY = {"bucket": BUCKET, "region": TOKYO.region}
    client: Any = administrator(aws, TOKYO)("s3")
    yield client
    client.close()


def read(s3: Any, key: str) -> str:
    text: str = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    return text


def test_both_languages_are_there_with_their_time_the_incidents_and_nobodys_name(
    sato: User, signed_in: SignedIn, s3: Any, settings: Settings
) -> None:
    settings.HELPDESK_URL = "tel:4500"
    settings.HELPDESK_CONTACT, settings.HELPDESK_CONTACT_EN = (
        "ヘルプデスク 内線 4500",
        "Helpdesk, extension 4500",
    )
    publish(signed_in(sato))
    publish(signed_in(sato), title_en="Old one", stage="over")
    publish_task()
    pages = {key: read(s3, key) for key in ("index.html", "ja.html", "en.html")}
    assert pages["index.html"] == pages["ja.html"]
    assert "社内システムに届きません" in pages["ja.html"]
    assert "ヘルプデスク 内線 4500" in pages["ja.html"]
    english = pages["en.html"]
    assert "Internal systems can&#x27;t be reached" in english
    assert "Old one" in english
    assert "Helpdesk, extension 4500" in english
    assert "If it is more than 5 minutes old, the portal itself may not work" in english
    at = re.search(r'<time class="strong" datetime="([^"]+)" data-as-of="5">As of ', english)
    assert at is not None
    for page in pages.values():
        assert sato.username not in page
        assert sato.name not in page
        # It is opened while the portal is down: nothing of the portal is loaded, and the only link to it says so.
        assert set(re.findall(r'(?:src|href)="([^"#]+)', page)) <= {
            *("status.css", "status.js", "icons.svg", "en.html", "ja.html", configured.SITE_URL, "tel:4500")
        }
        assert "style=" not in page
        assert "<script>" not in page


def test_browsers_and_cloudfront_keep_nothing_for_long_and_what_a_page_needs_is_beside_it(
    db: None, s3: Any
) -> None:
    assert services.publish()
    page = s3.get_object(Bucket=BUCKET, Key="index.html")
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert page["CacheControl"] == "public, max-age=30"
    assert s3.get_object(Bucket=BUCKET, Key="status.css")["ContentType"] == "text/css; charset=utf-8"
    assert s3.get_object(Bucket=BUCKET, Key="status.js")["ContentType"] == "text/javascript; charset=utf-8"
    assert ".day-bar" in read(s3, "status.css")
    # Each drawing that the page refers to is in the file beside it.
    drawn = set(re.findall(r'href="icons.svg#([^"]+)"', read(s3, "index.html")))
    assert drawn
    assert drawn <= set(re.findall(r'id="([^"]+)"', read(s3, "icons.svg")))


def test_a_failure_is_recorded_shown_to_administrators_and_over_with_the_next_copy(
    takahashi: User, tanaka: User, signed_in: SignedIn, s3: Any
) -> None:
    assert services.publish()
    s3.delete_objects(
        Bucket=BUCKET,
        Delete={"Objects": [{"Key": row["Key"]} for row in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]},
    )
    s3.delete_bucket(Bucket=BUCKET)
    assert not services.publish()
    row = StatusCopy.objects.get()
    assert (row.error_id, row.error_code) == ("aws-not-found", "NoSuchBucket")
    told = "The copy of this page is old"
    # One failure is none that anybody must hear of.
    assert told not in signed_in(takahashi).get("/status/").content.decode()
    StatusCopy.objects.update(seen_at=timezone.now() - timedelta(minutes=6))
    page = signed_in(takahashi).get("/status/").content.decode()
    assert told in page
    assert "NoSuchBucket" in page
    assert told not in signed_in(tanaka).get("/status/").content.decode()
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": TOKYO.region})
    assert services.publish()
    assert told not in signed_in(takahashi).get("/status/").content.decode()


def test_without_the_setting_nothing_is_written_and_nothing_is_missing(
    takahashi: User, signed_in: SignedIn, settings: Settings
) -> None:
    settings.STATUS_COPY = {}
    assert not services.publish()
    assert not StatusCopy.objects.exists()
    assert bucket.late_copy(timezone.now()) is None


@pytest.mark.parametrize("entry", [{"region": "x"}, {"bucket": 7}, {"bucket": "b", "key": "k"}])
def test_a_setting_that_means_nothing_is_refused_with_an_example(
    entry: dict[str, Any], settings: Settings
) -> None:
    settings.STATUS_COPY = entry
    with pytest.raises(ImproperlyConfigured, match="STATUS_COPY must look like"):
        bucket.configured_bucket()


def test_the_templates_role_may_do_what_the_code_does_and_no_more_and_the_bucket_is_closed() -> None:
    template = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader)["Resources"]
    (policy,) = template["PublisherRole"]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "s3:PutObject"
    assert all(template["Bucket"]["Properties"]["PublicAccessBlockConfiguration"].values())
    config = template["Distribution"]["Properties"]["DistributionConfig"]
    # What the portal says with each object is longer than none and shorter than the template's longest.
    assert config["Origins"][0]["OriginAccessControlId"]
    assert template["Cache"]["Properties"]["CachePolicyConfig"]["MaxTTL"] >= 300
