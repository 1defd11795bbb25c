"""The template that an endpoint was made from, held against the endpoint as it is; and Terraform's imports of it."""
