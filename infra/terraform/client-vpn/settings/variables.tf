variable "vpc_cidr" {
  description = "Addresses of the new VPC"
  type        = string

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && can(regex("/(1[6-9]|2[0-2])$", var.vpc_cidr))
    error_message = "vpc_cidr must be an IPv4 network, /16 to /22."
  }
}

variable "client_cidr" {
  description = "Addresses of connected computers"
  type        = string

  validation {
    condition     = can(cidrhost(var.client_cidr, 0)) && can(regex("/(1[2-9]|2[0-2])$", var.client_cidr))
    error_message = "client_cidr must be an IPv4 network, /12 to /22."
  }
}

variable "vpc_id" {
  description = "An existing VPC"
  type        = string

  validation {
    condition     = can(regex("^(|vpc-[0-9a-f]{8,17})$", var.vpc_id))
    error_message = "vpc_id must be the id of a VPC, or empty."
  }
}

variable "first_zone" {
  description = "Availability Zone of the new network"
  type        = string

  validation {
    condition     = (var.vpc_id == "") == (var.first_zone != "")
    error_message = "A new network needs first_zone; an existing VPC has zones of its own."
  }
}

variable "second_zone" {
  description = "A second Availability Zone"
  type        = string

  validation {
    condition     = var.second_zone == "" || (var.vpc_id == "" && var.second_zone != var.first_zone)
    error_message = "second_zone is for a new network, and must be another zone than first_zone."
  }
}

variable "second_nat_gateway" {
  description = "Whether the second zone leaves by an address of its own"
  type        = bool
}

variable "first_allocation_id" {
  description = "An Elastic IP that is there"
  type        = string

  validation {
    condition     = var.first_allocation_id == "" || (var.vpc_id == "" && can(regex("^eipalloc-", var.first_allocation_id)))
    error_message = "first_allocation_id is for a new network, and begins with eipalloc-."
  }
}

variable "second_allocation_id" {
  description = "Another one, for the second NAT gateway"
  type        = string

  validation {
    condition = var.second_allocation_id == "" || (
      var.second_zone != "" && var.second_nat_gateway
      && can(regex("^eipalloc-", var.second_allocation_id))
      && var.second_allocation_id != var.first_allocation_id
    )
    error_message = "second_allocation_id needs second_zone and second_nat_gateway, and another address than the first."
  }
}

variable "first_subnet_id" {
  description = "Subnet of the existing VPC"
  type        = string

  validation {
    condition     = (var.vpc_id != "") == (var.first_subnet_id != "")
    error_message = "An existing VPC needs first_subnet_id; a new network has subnets of its own."
  }
}

variable "second_subnet_id" {
  description = "Another subnet of the existing VPC"
  type        = string

  validation {
    condition     = var.second_subnet_id == "" || (var.vpc_id != "" && var.second_subnet_id != var.first_subnet_id)
    error_message = "second_subnet_id is for an existing VPC, and must be another subnet than first_subnet_id."
  }
}

variable "dns_server" {
  description = "DNS server that people's computers use"
  type        = string

  validation {
    condition     = var.dns_server == "" ? var.vpc_id == "" : can(cidrhost("${var.dns_server}/32", 0))
    error_message = "dns_server must be an IPv4 address; an existing VPC needs one (AWS's is its base address plus two)."
  }
}

variable "internet_group_id" {
  description = "Group that may go to the internet; empty is everyone"
  type        = string
}

variable "office_cidr" {
  description = "The office's private network"
  type        = string

  validation {
    condition     = var.office_cidr == "" || can(cidrhost(var.office_cidr, 0))
    error_message = "office_cidr must be a network, or empty."
  }
}

variable "office_group_id" {
  description = "Group that may reach the office"
  type        = string

  validation {
    condition     = var.office_group_id == "" || var.office_cidr != ""
    error_message = "office_group_id needs office_cidr."
  }
}

variable "office_address" {
  description = "Public address of the office's router"
  type        = string

  validation {
    condition = var.office_address == "" || (
      var.office_cidr != "" && var.vpc_id == "" && can(cidrhost("${var.office_address}/32", 0))
    )
    error_message = "office_address is an IPv4 address, for a new network, and needs office_cidr."
  }
}

variable "office_bgp_asn" {
  description = "AS number of the office's router; empty for static routes"
  type        = string

  validation {
    condition     = var.office_bgp_asn == "" || (var.office_address != "" && can(regex("^[1-9][0-9]{0,9}$", var.office_bgp_asn)))
    error_message = "office_bgp_asn is a number, and needs office_address."
  }
}

variable "associated" {
  description = "Whether people can connect; false for a standby"
  type        = bool
}

variable "session_timeout_hours" {
  description = "Hours until somebody must sign in again"
  type        = number

  validation {
    condition     = contains([8, 10, 12, 24], var.session_timeout_hours)
    error_message = "session_timeout_hours must be 8, 10, 12 or 24."
  }
}

variable "vpn_port" {
  description = "UDP port that computers connect to"
  type        = number

  validation {
    condition     = contains([443, 1194], var.vpn_port)
    error_message = "vpn_port must be 443 or 1194."
  }
}

variable "client_connect_handler_arn" {
  description = "The client connect handler"
  type        = string

  validation {
    condition = (
      var.client_connect_handler_arn == ""
      || can(regex("^arn:aws[a-z-]*:lambda:.+:function:AWSClientVPN-.+$", var.client_connect_handler_arn))
    )
    error_message = "Client VPN calls only functions whose names begin with AWSClientVPN-."
  }
}
