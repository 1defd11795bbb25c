# The new network: private subnets that leave by a NAT gateway with an Elastic IP. None of it for an existing VPC.

resource "aws_vpc" "this" {
  count = module.settings.makes_network ? 1 : 0

  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = merge(var.tags, { Name = "${var.name}-vpc" })
}

resource "aws_internet_gateway" "this" {
  count = module.settings.makes_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = "${var.name}-igw" })
}

resource "aws_route_table" "public" {
  count = module.settings.makes_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = "${var.name}-public" })
}

resource "aws_route" "public" {
  count = module.settings.makes_network ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_subnet" "public" {
  for_each = toset(module.settings.nat_gateways)

  vpc_id            = aws_vpc.this[0].id
  availability_zone = module.settings.zones[each.key]
  cidr_block        = module.settings.public_cidrs[each.key]
  tags              = merge(var.tags, { Name = "${var.name}-public-${each.key}" })
}

resource "aws_route_table_association" "public" {
  for_each = toset(module.settings.nat_gateways)

  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public[0].id
}

# The fixed addresses are in other sites' allow lists.
resource "aws_eip" "this" {
  for_each = toset(module.settings.new_addresses)

  domain     = "vpc"
  tags       = merge(var.tags, { Name = "${var.name}-egress-${each.key}" })
  depends_on = [aws_internet_gateway.this]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_nat_gateway" "this" {
  for_each = toset(module.settings.nat_gateways)

  subnet_id     = aws_subnet.public[each.key].id
  allocation_id = local.allocation_ids[each.key]
  tags          = merge(var.tags, { Name = "${var.name}-nat-${each.key}" })
  depends_on    = [aws_internet_gateway.this]
}

locals {
  given_allocation_ids = { first = var.first_allocation_id, second = var.second_allocation_id }
  allocation_ids = {
    for key in module.settings.nat_gateways :
    key => contains(module.settings.new_addresses, key) ? aws_eip.this[key].allocation_id : local.given_allocation_ids[key]
  }
}

resource "aws_subnet" "private" {
  for_each = module.settings.zones

  vpc_id            = aws_vpc.this[0].id
  availability_zone = each.value
  cidr_block        = module.settings.private_cidrs[each.key]
  tags              = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

resource "aws_route_table" "private" {
  for_each = module.settings.zones

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

resource "aws_route" "private" {
  for_each = module.settings.zones

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[contains(module.settings.nat_gateways, each.key) ? each.key : "first"].id
}

resource "aws_route_table_association" "private" {
  for_each = module.settings.zones

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}
