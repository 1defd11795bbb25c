"""The history of the list as an Atom feed (RFC 4287)."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from vpn.allowlist.models import PublicationEvent
from vpn.allowlist.queries import recent_events
from vpn.allowlist.texts import event_text

# A reader that was away for longer reads the list itself.
ENTRIES: Final = 100

if TYPE_CHECKING:
    # Generic in its stubs only
    _Feed = Feed[PublicationEvent, None]
else:
    _Feed = Feed


class PublicationFeed(_Feed):
    feed_type = Atom1Feed

    def title(self) -> str:
        return _("Fixed IP addresses of the VPN")

    def subtitle(self) -> str:
        return _("What was announced, added and withdrawn.")

    def link(self) -> str:
        return reverse("allowlist")

    def feed_guid(self) -> str:
        return f"{settings.SITE_URL}{reverse('allowlist_atom')}"

    def items(self) -> list[PublicationEvent]:
        return recent_events(ENTRIES)

    def item_title(self, item: PublicationEvent) -> str:
        return f"{item.get_kind_display()}: {item.address} ({item.endpoint.label})"

    def item_description(self, item: PublicationEvent) -> str:
        return event_text(item)

    def item_link(self, item: PublicationEvent) -> str:
        return f"{reverse('allowlist')}#event-{item.pk}"

    def item_guid(self, item: PublicationEvent) -> str:
        return f"{settings.SITE_URL}{self.item_link(item)}"

    def item_pubdate(self, item: PublicationEvent) -> datetime:
        return item.at

    def item_updateddate(self, item: PublicationEvent) -> datetime:
        return item.at
