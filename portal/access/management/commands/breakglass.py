"""``manage.py breakglass s.takahashi@example.co.jp --reason "…"``: a one-time link while the SSO is down."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from portal.access.breakglass import services


class Command(BaseCommand):
    help = (
        "Print a link that signs in one administrator, once, within 10 minutes. Recorded in the audit record."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the administrator's NameID, usually the e-mail address")
        parser.add_argument("--reason", required=True, help="why; at least 10 characters")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token = services.create(username=options["username"], reason=options["reason"])
        except services.BreakGlassError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(
            "Valid once, for 10 minutes, for a session of one hour. Every administrator will be told."
        )
        self.stdout.write(f"{settings.SITE_URL}{reverse('breakglass', args=[token])}")
