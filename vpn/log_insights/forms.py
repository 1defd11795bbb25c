"""The form of a log query: that of the search, with limits of CloudWatch Logs Insights."""

from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.log_insights.query import query_text

LONGEST: Final = timedelta(days=400)


class LogQueryForm(ConnectionSearchForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        since, until = data.get("since"), data.get("until")
        if since and until and until - since > LONGEST:
            self.add_error("until", _("Ask for 400 days at most."))
        if not self.errors:
            try:
                query_text(self.search(), usernames={})
            except ValueError:
                self.add_error("q", _("This is too much at once. Leave some words out."))
        return data
