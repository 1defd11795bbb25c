"""Why a SAML message is refused. The reason goes to the log and the audit record, never to the page."""


class AssertionRefused(Exception):
    """``reason`` is a stable id; ``detail`` is for the log, and may quote what the message said."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        # A message can be long and come from anybody.
        self.detail = detail[:500]


class SignatureRefused(AssertionRefused):
    """Not signed by a certificate that we know of: worth a look at newer metadata."""
