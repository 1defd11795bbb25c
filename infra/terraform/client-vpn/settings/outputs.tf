output "makes_network" {
  description = "Whether VPC, subnets and NAT gateways are made"
  value       = local.makes_network
}

output "dns_server" {
  description = "The DNS server that people's computers use"
  value       = local.dns_server
}

output "zones" {
  description = "Availability Zones of the new network, by first and second"
  value       = local.zones
}

output "nat_gateways" {
  description = "Which of the zones have a NAT gateway of their own"
  value       = local.makes_network ? (local.has_second_nat ? ["first", "second"] : ["first"]) : []
}

output "new_addresses" {
  description = "Which NAT gateways get a new Elastic IP"
  value = !local.makes_network ? [] : concat(
    var.first_allocation_id == "" ? ["first"] : [],
    local.has_second_nat && var.second_allocation_id == "" ? ["second"] : [],
  )
}

output "public_cidrs" {
  description = "Blocks of the public subnets, by first and second"
  value       = { first = local.blocks[0], second = local.blocks[1] }
}

output "private_cidrs" {
  description = "Blocks of the private subnets, by first and second"
  value       = { first = local.blocks[2], second = local.blocks[3] }
}

output "associations" {
  description = "Which subnets are associated: first, second; none for a standby"
  value       = var.associated ? local.keys : []
}

output "rules" {
  description = "Authorization rules by name: cidr, group (empty is everybody), description"
  value       = local.rules
}

output "routes" {
  description = "Routes by name of destination and association: cidr, association, description"
  value = merge([
    for key in(var.associated ? local.keys : []) : {
      for name, destination in local.destinations :
      "${name}-${key}" => merge(destination, { association = key })
    }
  ]...)
}

output "makes_office_vpn" {
  description = "Whether a Site-to-Site VPN to the office is made"
  value       = local.makes_network && var.office_address != ""
}

output "has_static_routes" {
  description = "Whether its routes are static; else they come by BGP"
  value       = var.office_bgp_asn == ""
}
