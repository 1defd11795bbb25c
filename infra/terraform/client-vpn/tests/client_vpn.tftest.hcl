# terraform test, in infra/terraform/client-vpn: needs the AWS provider of Terraform's registry, but no account.

mock_provider "aws" {}

variables {
  name                   = "tokyo-main"
  server_certificate_arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/one"
  saml_provider_arn      = "arn:aws:iam::123456789012:saml-provider/one"
  first_zone             = "ap-northeast-1a"
}

run "one_zone" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_ec2_client_vpn_network_association.this) == 1
    error_message = "One zone has one NAT gateway and one association."
  }
  assert {
    condition     = !aws_ec2_client_vpn_endpoint.this.split_tunnel
    error_message = "All traffic goes through the tunnel, or it would not leave by the fixed address."
  }
}

run "a_standby" {
  command = plan
  variables {
    associated = false
  }

  assert {
    condition     = length(aws_ec2_client_vpn_network_association.this) == 0 && length(aws_eip.this) == 1
    error_message = "A standby has its address, and no association."
  }
}
