# The Site-to-Site VPN to the office.

resource "aws_customer_gateway" "office" {
  count = module.settings.makes_office_vpn ? 1 : 0

  type       = "ipsec.1"
  bgp_asn    = module.settings.has_static_routes ? "65000" : var.office_bgp_asn
  ip_address = var.office_address
  tags       = merge(var.tags, { Name = "${var.name}-office" })
}

resource "aws_vpn_gateway" "this" {
  count = module.settings.makes_office_vpn ? 1 : 0

  tags = merge(var.tags, { Name = "${var.name}-vgw" })
}

resource "aws_vpn_gateway_attachment" "this" {
  count = module.settings.makes_office_vpn ? 1 : 0

  vpc_id         = aws_vpc.this[0].id
  vpn_gateway_id = aws_vpn_gateway.this[0].id
}

resource "aws_vpn_connection" "office" {
  count = module.settings.makes_office_vpn ? 1 : 0

  type                = "ipsec.1"
  static_routes_only  = module.settings.has_static_routes
  customer_gateway_id = aws_customer_gateway.office[0].id
  vpn_gateway_id      = aws_vpn_gateway.this[0].id
  tags                = merge(var.tags, { Name = "${var.name}-office" })
}

resource "aws_vpn_connection_route" "office" {
  count = module.settings.makes_office_vpn && module.settings.has_static_routes ? 1 : 0

  destination_cidr_block = var.office_cidr
  vpn_connection_id      = aws_vpn_connection.office[0].id
}

resource "aws_vpn_gateway_route_propagation" "office" {
  for_each = module.settings.makes_office_vpn ? module.settings.zones : {}

  vpn_gateway_id = aws_vpn_gateway_attachment.this[0].vpn_gateway_id
  route_table_id = aws_route_table.private[each.key].id
}
