from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "portal.audit"
    label = "audit"

    def ready(self) -> None:
        # Checks register themselves when they are imported.
        from portal.audit import checks  # noqa: F401
