"""CloudFormation: stacks whose resources are made by the sandbox's own API, in the order that AWS would.

Moto has a CloudFormation too, but lacks most of what a network template needs: types of EC2, rules and constraints of
parameters, policies for deletion and replacement, rollback.
"""
