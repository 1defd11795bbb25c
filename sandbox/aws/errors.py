"""AWS's error codes for Client VPN, and the one AWS never sends: NotModelled.

Codes are from EC2's published error list. AWS doesn't publish the message of most of them, so the wording is
the sandbox's own, in AWS's form: match on codes only.
"""


class AwsError(Exception):
    """An answer that boto3 raises as ``ClientError`` with this code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class RefusedByHandler(AwsError):
    """An attempt that the client connect handler ended: the reason that AWS logs, and what the person reads."""


def endpoint_not_found(endpoint_id: str) -> AwsError:
    return AwsError("InvalidClientVpnEndpointId.NotFound", f"Endpoint {endpoint_id} does not exist")


def missing(parameter: str) -> AwsError:
    return AwsError("MissingParameter", f"The request must contain the parameter {parameter}")


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)


def no_active_association(action: str) -> AwsError:
    return AwsError(
        "InvalidClientVpnActiveAssociationNotFound",
        f"{action} cannot be done: there is no active target network association",
    )


def invalid_action(action: str) -> AwsError:
    return AwsError("InvalidAction", f"The action {action} is not valid for this web service.")


def not_modelled(feature: str) -> AwsError:
    """AWS documents too little of this for the sandbox to play it; a guess would mislead."""
    return AwsError("NotModelled", f"The sandbox does not model {feature}. See docs/sandbox-aws.md.")
