"""A sandbox AWS that holds the seed architecture, in a process of its own: this one may have another."""

import pytest

from tests.seeded_aws import SeededAws


@pytest.fixture
def aws_url(seeded_aws: SeededAws) -> str:
    seeded_aws.fresh()
    return seeded_aws.url
