# AWS counts these every five minutes, and nothing where nothing happens.

locals {
  alarms = merge(
    {
      certificate = {
        description = "the identity provider's certificate ends within 30 days"
        namespace   = "AWS/ClientVPN", metric = "IdpCertDaysToExpiry", statistic = "Minimum"
        dimensions  = { Endpoint = aws_ec2_client_vpn_endpoint.this.id }
        comparison  = "LessThanThreshold", threshold = 30, periods = 1, missing = "notBreaching"
      }
      sign_ins = {
        description = "over 20 failed sign-ins in five minutes, twice in a row"
        namespace   = "AWS/ClientVPN", metric = "AuthenticationFailures", statistic = "Sum"
        dimensions  = { Endpoint = aws_ec2_client_vpn_endpoint.this.id }
        comparison  = "GreaterThanThreshold", threshold = 20, periods = 2, missing = "notBreaching"
      }
    },
    {
      for key in(var.client_connect_handler_arn == "" ? [] : ["handler"]) : key => {
        description = "the client connect handler took too long, and people were refused"
        namespace   = "AWS/ClientVPN", metric = "ClientConnectHandlerTimeouts", statistic = "Sum"
        dimensions  = { Endpoint = aws_ec2_client_vpn_endpoint.this.id }
        comparison  = "GreaterThanThreshold", threshold = 0, periods = 1, missing = "notBreaching"
      }
    },
    {
      for key in module.settings.nat_gateways : "nat_${key}" => {
        description = "the NAT gateway (${key}) has no ports left for new connections"
        namespace   = "AWS/NATGateway", metric = "ErrorPortAllocation", statistic = "Sum"
        dimensions  = { NatGatewayId = aws_nat_gateway.this[key].id }
        comparison  = "GreaterThanThreshold", threshold = 0, periods = 1, missing = "notBreaching"
      }
    },
    {
      for key in(module.settings.makes_office_vpn ? ["office"] : []) : key => {
        description = "both tunnels to the office are down"
        namespace   = "AWS/VPN", metric = "TunnelState", statistic = "Maximum"
        dimensions  = { VpnId = aws_vpn_connection.office[0].id }
        comparison  = "LessThanThreshold", threshold = 1, periods = 2, missing = "breaching"
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = { for key, alarm in local.alarms : key => alarm if var.alarm_topic_arn != "" }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${var.name} - ${each.value.description}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = each.value.periods
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
  tags                = var.tags
}
