# By the names of infra/cloudformation/client-vpn.yaml's outputs; manage.py vpn_stack diff --file reads them.

output "endpoint_id" {
  description = "The endpoint"
  value       = aws_ec2_client_vpn_endpoint.this.id
}

output "first_egress_address" {
  description = "The fixed address that other sites allow; null where it was there before"
  value       = try(aws_eip.this["first"].public_ip, null)
}

output "first_egress_allocation_id" {
  description = "Its allocation id"
  value       = try(local.allocation_ids["first"], null)
}

output "second_egress_address" {
  description = "The second fixed address; both must be allowed"
  value       = try(aws_eip.this["second"].public_ip, null)
}

output "second_egress_allocation_id" {
  description = "Its allocation id"
  value       = try(local.allocation_ids["second"], null)
}

output "vpc_id" {
  description = "The network that the endpoint is in"
  value       = local.vpc_id
}

output "first_subnet_id" {
  description = "The subnet that is associated, or will be when a standby is needed"
  value       = local.subnet_ids["first"]
}

output "second_subnet_id" {
  description = "The second one; null for one zone"
  value       = try(local.subnet_ids["second"], "") == "" ? null : local.subnet_ids["second"]
}

output "connection_log_group" {
  description = "Where the connection log is"
  value       = aws_cloudwatch_log_group.connections.name
}

output "office_vpn_connection_id" {
  description = "The Site-to-Site VPN, whose configuration the office's router needs"
  value       = try(aws_vpn_connection.office[0].id, null)
}

output "parameters" {
  description = "What vpn_stack compares with the endpoint"
  value = {
    name                          = var.name
    server_certificate_arn        = var.server_certificate_arn
    saml_provider_arn             = var.saml_provider_arn
    internet_group_id             = var.internet_group_id
    client_cidr                   = var.client_cidr
    vpn_port                      = var.vpn_port
    session_timeout_hours         = var.session_timeout_hours
    disconnect_on_session_timeout = var.disconnect_on_session_timeout
    login_banner                  = var.login_banner
    client_connect_handler_arn    = var.client_connect_handler_arn
    associated                    = var.associated
    vpc_cidr                      = var.vpc_cidr
    first_allocation_id           = var.first_allocation_id
    second_allocation_id          = var.second_allocation_id
    dns_server                    = var.dns_server
    office_cidr                   = var.office_cidr
    office_group_id               = var.office_group_id
  }
}
