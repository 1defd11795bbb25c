from django.apps import AppConfig


class VpnConfig(AppConfig):
    name = "vpn"

    def ready(self) -> None:
        # Checks register themselves when they are imported.
        from vpn import checks  # noqa: F401
        from vpn.guides import checks as guides_checks  # noqa: F401

        # So do the signals that measure tasks.
        from vpn.monitoring import task_durations  # noqa: F401
