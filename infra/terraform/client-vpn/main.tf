# The same Client VPN as infra/cloudformation/client-vpn.yaml, resource by resource.

module "settings" {
  source = "./settings"

  vpc_cidr                   = var.vpc_cidr
  client_cidr                = var.client_cidr
  vpc_id                     = var.vpc_id
  first_zone                 = var.first_zone
  second_zone                = var.second_zone
  second_nat_gateway         = var.second_nat_gateway
  first_allocation_id        = var.first_allocation_id
  second_allocation_id       = var.second_allocation_id
  first_subnet_id            = var.first_subnet_id
  second_subnet_id           = var.second_subnet_id
  dns_server                 = var.dns_server
  internet_group_id          = var.internet_group_id
  office_cidr                = var.office_cidr
  office_group_id            = var.office_group_id
  office_address             = var.office_address
  office_bgp_asn             = var.office_bgp_asn
  associated                 = var.associated
  session_timeout_hours      = var.session_timeout_hours
  vpn_port                   = var.vpn_port
  client_connect_handler_arn = var.client_connect_handler_arn
}

locals {
  vpc_id = module.settings.makes_network ? aws_vpc.this[0].id : var.vpc_id
  subnet_ids = module.settings.makes_network ? {
    for key, subnet in aws_subnet.private : key => subnet.id
  } : { first = var.first_subnet_id, second = var.second_subnet_id }
}

resource "aws_security_group" "endpoint" {
  name_prefix = "${var.name}-endpoint-"
  description = "Client VPN - connected computers may go anywhere, nothing comes in by itself"
  vpc_id      = local.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-endpoint" })

  # Authorization rules, not this group, decide who reaches what.
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_cloudwatch_log_group" "connections" {
  name              = "/genkan/clientvpn/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn == "" ? null : var.log_kms_key_arn
  tags              = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  description            = "Client VPN ${var.name}"
  server_certificate_arn = var.server_certificate_arn
  client_cidr_block      = var.client_cidr
  transport_protocol     = "udp"
  vpn_port               = var.vpn_port
  # With a split tunnel, traffic to the internet would not leave by the fixed address.
  split_tunnel = false
  # With full tunnel, Windows sends all DNS through the tunnel.
  dns_servers                   = [module.settings.dns_server]
  session_timeout_hours         = var.session_timeout_hours
  disconnect_on_session_timeout = var.disconnect_on_session_timeout
  self_service_portal           = "disabled"
  vpc_id                        = local.vpc_id
  security_group_ids            = [aws_security_group.endpoint.id]
  # Terraform changes tags in place, where CloudFormation replaces the endpoint.
  tags = merge(var.tags, { Name = var.name, "genkan:managed" = "true" })

  authentication_options {
    type              = "federated-authentication"
    saml_provider_arn = var.saml_provider_arn
  }

  connection_log_options {
    enabled              = true
    cloudwatch_log_group = aws_cloudwatch_log_group.connections.name
  }

  client_connect_options {
    enabled             = var.client_connect_handler_arn != ""
    lambda_function_arn = var.client_connect_handler_arn == "" ? null : var.client_connect_handler_arn
  }

  client_login_banner_options {
    enabled     = var.login_banner != ""
    banner_text = var.login_banner == "" ? null : var.login_banner
  }

  # People's profiles name it.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_ec2_client_vpn_network_association" "this" {
  for_each = toset(module.settings.associations)

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = local.subnet_ids[each.key]
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  for_each = module.settings.rules

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  target_network_cidr    = each.value.cidr
  access_group_id        = each.value.group == "" ? null : each.value.group
  authorize_all_groups   = each.value.group == "" ? true : null
  description            = each.value.description
}

resource "aws_ec2_client_vpn_route" "this" {
  for_each = module.settings.routes

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  destination_cidr_block = each.value.cidr
  # By the association, so that it is there before the route.
  target_vpc_subnet_id = aws_ec2_client_vpn_network_association.this[each.value.association].subnet_id
  description          = each.value.description
}
