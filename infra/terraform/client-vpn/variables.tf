# By the names of infra/cloudformation/client-vpn.yaml's parameters; what can't be is refused in settings/. Prices are
# Tokyo's of AWS's price list of September 2026, in USD without tax; a month is 730 hours.

variable "name" {
  description = "The label that people see, and the name of the file that they download. Terraform changes it in place."
  type        = string
  default     = "tokyo-main"
}

variable "server_certificate_arn" {
  description = "Certificate in ACM, in this Region; its name must be a domain name. Changing it disconnects everybody."
  type        = string
}

variable "saml_provider_arn" {
  description = "IAM SAML provider for the VPN's sign-in; its metadata is too large for a parameter. Changing it replaces the endpoint; new metadata of the same provider does not."
  type        = string
}

variable "internet_group_id" {
  description = "Group that may go to the internet through the VPN, as the identity provider sends its id; empty is everyone."
  type        = string
  default     = ""
}

variable "client_cidr" {
  description = "Addresses of connected computers, /22 to /12, apart from every network that is reached through the VPN; it can never be changed. AWS keeps some of them for itself: a /22 holds about 500 computers."
  type        = string
  default     = "10.8.0.0/22"
}

variable "vpn_port" {
  description = "UDP port that computers connect to; guest networks let 443 out more often."
  type        = number
  default     = 443
}

variable "session_timeout_hours" {
  description = "After so many hours somebody must sign in again. A connected hour costs 0.05 a person."
  type        = number
  default     = 10
}

variable "disconnect_on_session_timeout" {
  description = "true - at the end of the session the connection ends, and people connect again themselves. false - the client asks for a new sign-in at once; a computer that was forgotten goes on costing connected hours."
  type        = bool
  default     = true
}

variable "login_banner" {
  description = "Text that the client shows after the sign-in, at most 1,400 characters; empty for none."
  type        = string
  default     = ""
}

variable "client_connect_handler_arn" {
  description = "Output HandlerArn of infra/client-connect-handler/template.yaml; empty for no handler."
  type        = string
  default     = ""
}

variable "associated" {
  description = "true - people can connect; each association costs 0.15 an hour, 110 a month. false - a standby - endpoint, network and fixed addresses are there and can be published, but nobody can connect and no association is paid until it becomes true, which takes up to a quarter of an hour."
  type        = bool
  default     = true
}

variable "vpc_cidr" {
  description = "Addresses of the new VPC, /16 to /22; four subnets of 256 are cut from it. Not for an existing VPC."
  type        = string
  default     = "10.0.0.0/16"
}

variable "first_zone" {
  description = "Availability Zone of the new network, such as ap-northeast-1a. Not for an existing VPC."
  type        = string
  default     = ""
}

variable "second_zone" {
  description = "A second Availability Zone; empty for one zone. Then a zone's failure stops some people instead of all. It costs 110 a month for its association and, with second_nat_gateway, 45 for a NAT gateway and 4 for a public address."
  type        = string
  default     = ""
}

variable "second_nat_gateway" {
  description = "With a second zone - true - each zone leaves by an address of its own, so that the first zone's failure doesn't stop the second, and both addresses must be in other sites' allow lists. false - one address and NAT gateway for all, and the first zone's failure stops everybody."
  type        = bool
  default     = true
}

variable "first_allocation_id" {
  description = "Allocation id of an Elastic IP that other sites know already, and that nothing else uses; empty allocates a new one. A public address costs 0.005 an hour, 4 a month, used or not."
  type        = string
  default     = ""
}

variable "second_allocation_id" {
  description = "The same for the NAT gateway of the second zone."
  type        = string
  default     = ""
}

variable "vpc_id" {
  description = "An existing VPC, whose network stays as it is; empty makes a new one. Its route tables decide how people leave it, with which address, and whether they reach the office."
  type        = string
  default     = ""
}

variable "first_subnet_id" {
  description = "Subnet of the existing VPC to associate - private, at least /27 with 20 free addresses, its route 0.0.0.0/0 to a NAT gateway with an Elastic IP, or people have no fixed address."
  type        = string
  default     = ""
}

variable "second_subnet_id" {
  description = "Another one in another zone; empty for one zone. Its association costs 110 a month."
  type        = string
  default     = ""
}

variable "dns_server" {
  description = "DNS server that people's computers use, reachable through the VPN; empty is the new VPC's own, its base address plus two. With full tunnel, Windows sends all DNS through the tunnel, so without a server names don't resolve there. With an existing VPC write it - AWS's is the VPC's base address plus two. Changing it disconnects everybody."
  type        = string
  default     = ""
}

variable "office_cidr" {
  description = "The office's private network, for a route and a rule to it; empty for none."
  type        = string
  default     = ""
}

variable "office_group_id" {
  description = "Group that may reach the office's network; empty is everyone."
  type        = string
  default     = ""
}

variable "office_address" {
  description = "Public address of the office's VPN router, for a Site-to-Site VPN from the new VPC; empty for none. It costs 0.048 an hour, 35 a month. With an existing VPC its own line to the office is used."
  type        = string
  default     = ""
}

variable "office_bgp_asn" {
  description = "AS number of the office's router, for routes by BGP, which move to the second tunnel by themselves; empty for static routes. Changing between the two replaces the Site-to-Site VPN."
  type        = string
  default     = ""
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps the connection log."
  type        = number
  default     = 400
}

variable "log_kms_key_arn" {
  description = "KMS key for the connection log, whose policy lets logs.REGION.amazonaws.com use it; empty for CloudWatch's own encryption. A key costs 1 a month."
  type        = string
  default     = ""
}

variable "alarm_topic_arn" {
  description = "SNS topic that is told of alarms; empty for no alarms. An alarm costs 0.10 a month."
  type        = string
  default     = ""
}

variable "tags" {
  description = "Tags of everything that takes tags; the endpoint has genkan:managed beside them, by which the portal finds it."
  type        = map(string)
  default     = {}
}
