"""What AWS would refuse is found at its line; what would refuse people by mistake is told."""

import pytest
from django.utils.translation import override

from vpn.authorization_policy.cedar_check import PolicyProblem, find_problems

SAML = ("federated-authentication",)
AWS_EXAMPLE = """\
permit(principal, action, resource)
when { context.crowdstrike.assessment.overall > 50 };

forbid(principal, action, resource)
when { context.crowdstrike.jailbroken == true };
"""


def problems(document: str) -> list[PolicyProblem]:
    with override("en"):
        return find_problems(document, providers=("crowdstrike",), authentication=SAML)


@pytest.mark.parametrize(
    "document",
    [
        AWS_EXAMPLE,
        'permit(principal, action, resource) when { ["LOW"].contains(context.crowdstrike.x) };',
        '// with a "quote\n@id("one;two")\npermit(principal, action, resource) when { context has saml };',
        'permit(principal, action, resource) when { context.saml.memberOf.contains("a;b // c") };',
        'permit(principal, action, resource) when { ip(context.connection["public-ip"]).isIpv4() };',
    ],
)
def test_what_aws_takes_has_no_problem(document: str) -> None:
    assert problems(document) == []


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (AWS_EXAMPLE + "perm1t(principal, action, resource);", 6),
        (AWS_EXAMPLE + "permit(principal, action);", 6),
        ("permit(principal, action, resource)\nwhen {\n  context.saml.memberOf.contain(\n  1) };", 3),
        ("permit(principal, action, resource)\nwhen {\n  context.connection.x = 1\n};", 3),
        ("permit(principal, action, resource)\nwhen {\n  elsewhere\n};", 3),
        ("permit(principal, action, resource)\nwhen {\n  ) };", 3),
        ("permit(principal, action, resource)\nwhen { true }", 2),
        ('permit(principal, action, resource)\nwhen { context.saml.x == "a };\n', 2),
        ("permit(\n  principal == ?principal, action, resource);", 1),
        ('permit(principal, action, resource)\nwhen {\n context.active-directory.username == "a" };', 3),
    ],
)
def test_what_is_not_cedar_is_found_at_its_line(document: str, line: int) -> None:
    told = problems(document)
    assert [(problem.line, problem.fatal) for problem in told] == [(line, True)], told


def test_every_statement_that_is_wrong_is_told() -> None:
    told = problems("permit(principal);\npermit(principal, action, resource);\nforbid(action);")
    assert [problem.line for problem in told] == [1, 3]


def test_a_hyphen_in_a_name_has_its_own_hint() -> None:
    document = 'permit(principal, action, resource) when { context.active-directory.username == "a" };'
    assert 'context["active-directory"]' in problems(document)[0].text


@pytest.mark.parametrize("document", ["", "   \n", "// permit(principal, action, resource);\n"])
def test_no_statement_is_no_policy(document: str) -> None:
    assert [(problem.line, problem.fatal) for problem in problems(document)] == [(0, True)]


def test_ten_thousand_bytes_are_counted_and_not_characters() -> None:
    room = 10_000 - len(AWS_EXAMPLE.encode()) - len("// \n")
    assert problems(f"// {'x' * room}\n{AWS_EXAMPLE}") == []
    assert problems(f"// {'社' * (room // 3 + 1)}\n{AWS_EXAMPLE}")[0].fatal


def test_namespaces_that_the_context_lacks_are_told_at_their_line_and_not_refused() -> None:
    document = (
        'permit(principal, action, resource) when { context.jamf.risk == "LOW" };\n'
        'permit(principal, action, resource) when { context["active-directory"].username == "a" };\n'
        "permit(principal, action, resource) when { context.device.trusted };\n"
        "// context.jumpcloud.device\n"
    )
    told = problems(document)
    assert [(problem.line, problem.fatal) for problem in told] == [(1, False), (2, False), (3, False)]
    assert "jamf" in told[0].text


def test_a_policy_that_permits_nobody_is_told() -> None:
    told = problems("forbid(principal, action, resource);")
    assert [(problem.line, problem.fatal) for problem in told] == [(0, False)]
