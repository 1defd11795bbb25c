"""ARNs that an endpoint needs, as forms check them: what is no ARN at all, or one of another Region, AWS refuses."""

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

CERTIFICATE_ARN: Final = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate/\S+")
SAML_PROVIDER_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:saml-provider/\S+")


def check_certificate_arn(text: str, *, region: str) -> None:
    """Raises ValidationError. Admin guide, "Authentication": the certificate is in ACM, in the endpoint's Region."""
    match = CERTIFICATE_ARN.fullmatch(text)
    if match is None:
        example = f"arn:aws:acm:{region}:123456789012:certificate/0a1b2c3d-…"
        raise ValidationError(gettext("This is no ARN of a certificate, like %(arn)s.") % {"arn": example})
    if match[1] != region:
        message = gettext("This certificate is in %(there)s; the endpoint needs one in %(here)s.")
        raise ValidationError(message % {"there": match[1], "here": region})


def check_saml_provider_arn(text: str) -> None:
    """Raises ValidationError."""
    if not SAML_PROVIDER_ARN.fullmatch(text):
        example = "arn:aws:iam::123456789012:saml-provider/company"
        raise ValidationError(gettext("This is no ARN of a SAML provider, like %(arn)s.") % {"arn": example})
