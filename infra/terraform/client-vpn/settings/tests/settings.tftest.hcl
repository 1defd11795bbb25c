# terraform test, in infra/terraform/client-vpn/settings: no provider, no registry, no account.

variables {
  vpc_cidr                   = "10.0.0.0/16"
  client_cidr                = "10.8.0.0/22"
  vpc_id                     = ""
  first_zone                 = "ap-northeast-1a"
  second_zone                = ""
  second_nat_gateway         = true
  first_allocation_id        = ""
  second_allocation_id       = ""
  first_subnet_id            = ""
  second_subnet_id           = ""
  dns_server                 = ""
  internet_group_id          = "employees"
  office_cidr                = ""
  office_group_id            = ""
  office_address             = ""
  office_bgp_asn             = ""
  associated                 = true
  session_timeout_hours      = 10
  vpn_port                   = 443
  client_connect_handler_arn = ""
}

run "little_input_gives_one_zone_with_one_address" {
  command = plan

  assert {
    condition     = output.dns_server == "10.0.0.2" && output.rules.dns.cidr == "10.0.0.2/32"
    error_message = "People use the VPC's own DNS server, and may reach it."
  }
  assert {
    condition     = join(" ", output.associations) == "first" && join(" ", output.nat_gateways) == "first" && join(" ", output.new_addresses) == "first"
    error_message = "One zone, one NAT gateway, one new address."
  }
  assert {
    condition     = join(" ", keys(output.routes)) == "internet-first" && output.rules.internet.group == "employees"
    error_message = "Only the internet is reached, by the group."
  }
  assert {
    condition     = output.public_cidrs.first == "10.0.0.0/24" && output.private_cidrs.second == "10.0.3.0/24"
    error_message = "Four subnets of 256 addresses."
  }
}

run "two_zones_have_two_addresses" {
  command = plan
  variables {
    second_zone         = "ap-northeast-1c"
    first_allocation_id = "eipalloc-0123456789abcdef0"
    office_cidr         = "172.16.0.0/16"
    office_address      = "198.51.100.7"
    office_bgp_asn      = "64512"
  }

  assert {
    condition     = join(" ", output.nat_gateways) == "first second" && join(" ", output.new_addresses) == "second"
    error_message = "The address that is there is used, the other one is new."
  }
  assert {
    condition     = length(output.routes) == 4 && output.routes["office-second"].cidr == "172.16.0.0/16"
    error_message = "Each association has a route of its own to each destination."
  }
  assert {
    condition     = output.makes_office_vpn && !output.has_static_routes
    error_message = "With an AS number, routes come by BGP."
  }
}

run "a_standby_has_addresses_and_no_association" {
  command = plan
  variables {
    associated = false
  }

  assert {
    condition     = join(" ", output.associations) == "" && length(output.routes) == 0 && join(" ", output.new_addresses) == "first"
    error_message = "Nothing is paid by the hour but the NAT gateway and its address."
  }
}

run "an_existing_network_is_left_alone" {
  command = plan
  variables {
    vpc_id           = "vpc-0123456789abcdef0"
    first_zone       = ""
    first_subnet_id  = "subnet-0123456789abcdef0"
    second_subnet_id = "subnet-0123456789abcdef1"
    dns_server       = "10.40.0.2"
  }

  assert {
    condition     = !output.makes_network && length(output.zones) == 0 && join(" ", output.nat_gateways) == "" && join(" ", output.new_addresses) == ""
    error_message = "No network is made."
  }
  assert {
    condition     = join(" ", output.associations) == "first second"
    error_message = "Both subnets are associated."
  }
}

run "a_new_network_needs_a_zone" {
  command = plan
  variables {
    first_zone = ""
  }
  expect_failures = [var.first_zone]
}

run "two_zones_are_different" {
  command = plan
  variables {
    second_zone = "ap-northeast-1a"
  }
  expect_failures = [var.second_zone]
}

run "an_existing_network_needs_a_dns_server" {
  command = plan
  variables {
    vpc_id          = "vpc-0123456789abcdef0"
    first_zone      = ""
    first_subnet_id = "subnet-0123456789abcdef0"
  }
  expect_failures = [var.dns_server]
}

run "a_second_address_needs_a_second_nat_gateway" {
  command = plan
  variables {
    second_allocation_id = "eipalloc-0123456789abcdef0"
  }
  expect_failures = [var.second_allocation_id]
}

run "a_line_to_the_office_needs_its_network" {
  command = plan
  variables {
    office_address = "198.51.100.7"
  }
  expect_failures = [var.office_address]
}

run "numbers_and_names_are_aws_s" {
  command = plan
  variables {
    client_cidr                = "10.8.0.0/24"
    session_timeout_hours      = 9
    vpn_port                   = 444
    client_connect_handler_arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:mine"
  }
  expect_failures = [
    var.client_cidr,
    var.session_timeout_hours,
    var.vpn_port,
    var.client_connect_handler_arn,
  ]
}
