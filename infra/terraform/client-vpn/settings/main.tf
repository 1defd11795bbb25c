# What follows from the variables alone. It needs no provider, so its tests run without Terraform's registry.

terraform {
  required_version = ">= 1.9"
}

locals {
  makes_network  = var.vpc_id == ""
  has_second     = local.makes_network ? var.second_zone != "" : var.second_subnet_id != ""
  has_second_nat = local.makes_network && var.second_zone != "" && var.second_nat_gateway
  blocks         = cidrsubnets(var.vpc_cidr, [for _ in range(4) : 24 - tonumber(split("/", var.vpc_cidr)[1])]...)
  everybody      = ""
  office         = var.office_cidr == "" ? [] : [var.office_cidr]

  # The VPC's own DNS server is its base address plus two.
  dns_server = var.dns_server == "" ? cidrhost(var.vpc_cidr, 2) : var.dns_server

  zones = local.makes_network ? merge(
    { first = var.first_zone },
    var.second_zone == "" ? {} : { second = var.second_zone },
  ) : {}
  keys = local.has_second ? ["first", "second"] : ["first"]

  rules = merge(
    # Everybody who is connected asks it for names, whatever else they may reach.
    { dns = { cidr = "${local.dns_server}/32", group = local.everybody, description = "DNS server" } },
    { internet = { cidr = "0.0.0.0/0", group = var.internet_group_id, description = "Internet through the fixed address" } },
    { for cidr in local.office : "office" => { cidr = cidr, group = var.office_group_id, description = "Office" } },
  )
  destinations = merge(
    { internet = { cidr = "0.0.0.0/0", description = "Internet through the fixed address" } },
    { for cidr in local.office : "office" => { cidr = cidr, description = "Office" } },
  )
}
