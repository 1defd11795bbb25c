"""Every part of every requirement."""

from typing import Final

from vpn.assurance import (
    accounts,
    capacity,
    fixed_address,
    logged,
    office_independent,
    office_reached,
)
from vpn.assurance.models import Requirement
from vpn.assurance.part import RequirementPart

PARTS: Final[dict[Requirement, tuple[RequirementPart, ...]]] = {
    Requirement.FIXED_ADDRESS: fixed_address.PARTS,
    Requirement.OFFICE_INDEPENDENT: (*office_independent.PARTS, *capacity.PARTS),
    Requirement.ACCOUNTS: accounts.PARTS,
    Requirement.LOGGED: logged.PARTS,
    Requirement.OFFICE_REACHED: office_reached.PARTS,
}
REQUIREMENT_OF_PART: Final = {part.key: requirement for requirement, parts in PARTS.items() for part in parts}
