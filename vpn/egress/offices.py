"""What an office is called on a page. ``OFFICE_NETWORKS`` has one name for each, which scripts rely on."""

from django.conf import settings
from django.utils.translation import get_language


def office_name(site: str) -> str:
    """``site`` is a name in OFFICE_NETWORKS; English pages may have another for it."""
    if get_language() != "en":
        return site
    names: dict[str, str] = settings.OFFICE_NAMES_EN
    return names.get(site, names.get("*", site))
