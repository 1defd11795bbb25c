"""Reading quotas of Client VPN.

IAM, on resource *: servicequotas:GetServiceQuota.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from vpn.aws.errors import AwsError, NotFound, translated

if TYPE_CHECKING:
    from vpn.aws.session import ServiceQuotasClient

# Client VPN has no service code of its own (admin guide, "Client VPN quotas").
SERVICE: Final = "ec2"


def service_quotas(client: "ServiceQuotasClient", *, codes: Iterable[str]) -> dict[str, int]:
    """Service Quotas GetServiceQuota: the values that hold for the account, by code. Raises AwsError.

    A code that AWS has no value for is left out: not every quota has one that was applied to the account.
    """
    values = {}
    for code in codes:
        try:
            with translated():
                answer = client.get_service_quota(ServiceCode=SERVICE, QuotaCode=code)
                values[code] = int(answer["Quota"]["Value"])
        except AwsError as error:
            if error.id != NotFound.id:
                raise
    return values
