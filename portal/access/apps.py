from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "portal.access"
    label = "access"

    def ready(self) -> None:
        # The shell itself is no app; its checks register themselves when they are imported.
        from portal import checks  # noqa: F401
