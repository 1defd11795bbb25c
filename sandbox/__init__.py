"""What a laptop cannot reach, played on it for the demo and the tests: AWS, the company's SSO, networks and people.

``company`` names the company, its people and endpoints; its servers refuse to run without SANDBOX=true.
"""
