"""What each person's profiles are called as files."""

from collections import Counter
from collections.abc import Iterable

from portal.downloads import safe_stem
from vpn.endpoints.models import Endpoint


def profile_filenames(endpoints: Iterable[Endpoint]) -> dict[str, str]:
    """``<label>.ovpn`` by endpoint id; names that would be one file get a part of the id.

    The client takes the file's name for the profile's, so a second file of one name would replace the first.
    """
    stems = {
        endpoint.endpoint_id: safe_stem(endpoint.label) or endpoint.endpoint_id for endpoint in endpoints
    }
    # Twice: "tokyo-000abc" may itself be the label of a third endpoint. Then only the id is left.
    stems = {id_: f"{stem}-{id_[-6:]}" if is_shared else stem for id_, stem, is_shared in _shared(stems)}
    stems = {id_: id_ if is_shared else stem for id_, stem, is_shared in _shared(stems)}
    return {endpoint_id: f"{stem}.ovpn" for endpoint_id, stem in stems.items()}


def _shared(stems: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Each stem, and whether another one is the same file to Windows or macOS, which don't tell cases apart."""
    counted = Counter(stem.casefold() for stem in stems.values())
    return [(endpoint_id, stem, counted[stem.casefold()] > 1) for endpoint_id, stem in stems.items()]
