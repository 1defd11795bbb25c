"""What people write while something is broken: who may, who reads it where, and what is kept."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.incidents import services
from vpn.incidents.models import Incident, IncidentPost, IncidentStage

FIRST = {
    "title_ja": "社内システムに届きません",
    "title_en": "Internal systems can't be reached",
    "stage": "looking",
    "text_ja": "原因を調査しています。",
    "text_en": "We are looking for the cause.",
}


def publish(client: Client, **changes: Any) -> Incident:
    began = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    answer = client.post("/status/incidents/new/", {"began_at": began, **FIRST, **changes})
    assert answer.status_code == 302, answer.content.decode()
    return Incident.objects.latest("pk")


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_an_incident_goes_through_its_stages_and_everybody_reads_them_in_their_language(
    sato: User, tanaka: User, signed_in: SignedIn
) -> None:
    desk = signed_in(sato)
    incident = publish(desk)
    path = f"/status/incidents/{incident.pk}/"
    for stage, words in (
        ("found", "The line to the office is cut."),
        ("watching", "It is mended."),
        ("over", "All is well."),
    ):
        assert "can&#x27;t be reached" in text(signed_in(tanaka), "/")
        answer = desk.post(f"{path}posts/", {"stage": stage, "text_en": words, "text_ja": ""})
        assert answer["Location"] == path
        page = text(signed_in(tanaka), path)
        assert words in page
        assert str(IncidentStage(stage).label) in page
        # Nobody but those who write learns who did.
        assert sato.username not in page
        assert sato.username in text(desk, path)
    incident.refresh_from_db()
    assert incident.over_at is not None
    assert "can&#x27;t be reached" not in text(signed_in(tanaka), "/")
    japanese = text(signed_in(tanaka, "ja"), "/status/incidents/")
    assert "社内システムに届きません" in japanese
    # What was written in one language only is better than nothing, and says which language it is in.
    assert 'lang="en">All is well.' in japanese
    assert [event.tag for event in AuditEvent.objects.filter(tag__startswith="incident:")] == [
        "incident:opened",
        "incident:posted",
        "incident:posted",
        "incident:posted",
    ]


def test_what_seemed_over_may_begin_again(sato: User, signed_in: SignedIn) -> None:
    incident = publish(signed_in(sato), stage="over")
    services.post(
        incident=incident, fields={"stage": "looking", "text_ja": "", "text_en": "Again."}, actor=sato
    )
    incident.refresh_from_db()
    assert (incident.stage, incident.over_at) == ("looking", None)


def test_an_edit_is_shown_as_one_and_what_was_said_before_is_kept(
    sato: User, tanaka: User, signed_in: SignedIn
) -> None:
    desk = signed_in(sato)
    incident = publish(desk)
    (post,) = incident.posts.all()
    edit = f"/status/incidents/{incident.pk}/posts/{post.pk}/edit/"
    assert "We are looking for the cause." in text(desk, edit)
    desk.post(edit, {"text_ja": post.text_ja, "text_en": "The cause is the carrier's."})
    path = f"/status/incidents/{incident.pk}/"
    assert "(edited " in text(signed_in(tanaka), path)
    assert "We are looking for the cause." not in text(signed_in(tanaka), path)
    assert "We are looking for the cause." in text(desk, path)
    event = AuditEvent.objects.latest("sequence")
    assert (event.tag, event.actor, event.target_id) == ("incident:edited", sato.username, str(incident.pk))
    assert event.details["before"]["text_en"] == "We are looking for the cause."
    # Saving what is there already changes nothing.
    desk.post(edit, {"text_ja": post.text_ja, "text_en": "The cause is the carrier's."})
    assert AuditEvent.objects.latest("sequence") == event


def test_title_endpoints_and_beginning_can_be_mended_and_the_record_keeps_them(
    takahashi: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint()
    admin = signed_in(takahashi)
    incident = publish(admin)
    began = timezone.localtime(incident.began_at).strftime("%Y-%m-%dT%H:%M")
    admin.post(
        f"/status/incidents/{incident.pk}/edit/",
        {"title_en": "The office line", "began_at": began, "endpoint_ids": [endpoint.endpoint_id]},
    )
    page = text(admin, f"/status/incidents/{incident.pk}/")
    assert "The office line" in page
    assert endpoint.label in page
    record = text(admin, f"/audit/{AuditEvent.objects.filter(tag='incident:edited').get().sequence}/")
    assert FIRST["title_en"].replace("'", "&#x27;") in record


def test_an_incident_of_an_endpoint_is_told_to_those_whom_it_concerns(
    takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    mine = save_endpoint()
    others = save_endpoint("osaka-dr", authorization_rules=[rule("0.0.0.0/0", group="somebody-else")])
    publish(signed_in(takahashi), title_en="Osaka is slow", endpoint_ids=[others.endpoint_id])
    publish(signed_in(takahashi), title_en="Tokyo is slow", endpoint_ids=[mine.endpoint_id])
    for path in ("/", "/profiles/", "/egress/", "/guides/windows/"):
        page = text(signed_in(tanaka), path)
        assert "Tokyo is slow" in page, path
        assert "Osaka is slow" not in page, path


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"title_ja": "", "title_en": ""}, "Write it in Japanese, in English, or best in both."),
        ({"text_ja": " ", "text_en": ""}, "Write it in Japanese, in English, or best in both."),
        ({"began_at": "2099-01-01T00:00"}, "This is in the future."),
        ({"stage": "unheard-of"}, "isn’t among the choices"),
        ({"endpoint_ids": ["cvpn-endpoint-0"]}, "isn’t among the choices"),
    ],
)
def test_what_cannot_be_published_says_why_and_keeps_what_was_typed(
    changes: dict[str, Any], complaint: str, sato: User, signed_in: SignedIn
) -> None:
    values = {"began_at": "2026-11-01T10:00", **FIRST, "title_en": "A line that was typed", **changes}
    page = signed_in(sato).post("/status/incidents/new/", values).content.decode()
    assert complaint in page.replace("&#x27;", "’").replace("isn't", "isn’t")
    assert not Incident.objects.exists()


def test_who_may_not_write_writes_nothing(
    tanaka: User, suzuki: User, sato: User, signed_in: SignedIn
) -> None:
    incident = publish(signed_in(sato))
    (post,) = incident.posts.all()
    fields = {"stage": "over", "text_ja": "", "text_en": "x"}
    for person in (tanaka, suzuki):
        page = text(signed_in(person), f"/status/incidents/{incident.pk}/")
        assert "/edit/" not in page
        with pytest.raises(PermissionDenied):
            services.post(incident=incident, fields=fields, actor=person)
        with pytest.raises(PermissionDenied):
            services.edit_post(post=post, fields=fields, actor=person)
    assert IncidentPost.objects.count() == 1


def test_what_was_typed_is_shown_as_text(sato: User, signed_in: SignedIn) -> None:
    incident = publish(signed_in(sato), title_en="<b>x</b>", text_en="<script>y</script>\nsecond line")
    page = text(signed_in(sato), f"/status/incidents/{incident.pk}/")
    assert "<b>x</b>" not in page
    assert "<script>y" not in page
    assert "<br>second line" in page
