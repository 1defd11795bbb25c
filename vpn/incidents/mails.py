"""What is sent when something is published: to those who are told of everything, and to those who asked for it."""

from collections.abc import Callable

from django.utils.functional import lazy

from portal.text import with_label
from vpn.endpoints.queries import all_endpoints, endpoints_for
from vpn.incidents.models import Incident, IncidentPost
from vpn.notifications.models import StatusSubscription
from vpn.notifications.services import notify, notify_subscribers
from vpn.profiles.models import ProfileDownload


def send_post(incident: Incident, post: IncidentPost) -> None:
    """In the caller's transaction, once. An edit sends nothing: people would get the same message again."""
    subject = _in_each_language(lambda: with_label(post.get_stage_display(), str(incident.title)))
    text = _in_each_language(lambda: str(post.text))
    url = incident.get_absolute_url()
    key = f"incident-post:{post.pk}"
    notify(subject=subject, text=text, url=url, key=key)
    notify_subscribers(_concerned(incident), subject=subject, text=text, url=url, key=f"{key}:subscribed")


def _in_each_language(text: Callable[[], str]) -> str:
    """Made in the language that is active when it is read, as every reader has another: a lazy text."""
    return lazy(text, str)()


def _concerned(incident: Incident) -> list[StatusSubscription]:
    """Those who may use or have the profile of one of its endpoints; everybody, if it has none."""
    wanted = list(
        StatusSubscription.objects.filter(ended_at=None, user__is_active=True).select_related("user")
    )
    if not incident.endpoint_ids:
        return wanted
    endpoints = [endpoint for endpoint in all_endpoints() if endpoint.endpoint_id in incident.endpoint_ids]
    downloads = ProfileDownload.objects.filter(
        endpoint__in=endpoints, user__in=[row.user_id for row in wanted]
    )
    have_profile = set(downloads.values_list("user_id", flat=True))
    return [row for row in wanted if row.user_id in have_profile or endpoints_for(row.user, endpoints)]
