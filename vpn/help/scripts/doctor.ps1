# Genkan's check of this computer, for Windows. It reads, changes nothing and sends nothing.
# The last line is for the helpdesk: copy it and paste it into @SITE@/help/.
$hosts = "@HOSTS@" -split " " | Where-Object { $_ }
$line = "genkan-doctor 1 os=Windows"

# The command line of AWS VPN Client 6 and newer (5 and older have none)
if (Get-Command aws-vpn-client -ErrorAction SilentlyContinue) {
  $status = (aws-vpn-client get-connection-status --show-details 2>$null) -join " "
  # "Disconnected" ends alike, so only the whole word as a value counts.
  $connected = if ($status -match '(?i)"[a-z]*status" *: *"connected"') { "yes" } else { "no" }
  "AWS VPN Client 6 or newer is installed. Connected: $connected"
  $line += " client=6+ connected=$connected"
} else {
  "The command aws-vpn-client isn't there: AWS VPN Client is older than 6.0, or not installed."
  $line += " client=none"
}

# AWS puts any label before the endpoint's name, so a label of our own must resolve too.
foreach ($name in $hosts) {
  $address = try { [Net.Dns]::GetHostAddresses("check.$name")[0] } catch { $null }
  $dns = if ($address) { "ok" } else { "fails" }
  "The name of the VPN resolves ($name): $dns"
  $line += " dns=$dns"
  # A VPN over UDP can't be tried this way: only TCP answers to a knock.
  if ($address) {
    $client = New-Object Net.Sockets.TcpClient
    $tcp = try { if ($client.ConnectAsync($address, 443).Wait(5000)) { "ok" } else { "fails" } } catch { "fails" }
    $client.Close()
    "TCP port 443: $tcp"
    $line += " tcp443=$tcp"
  }
}

# The browser brings the sign-in back to this port.
$taken = Get-NetTCPConnection -LocalPort 35001 -State Listen -ErrorAction SilentlyContinue
$port = if ($taken) { "taken" } else { "free" }
"Port 35001 on this computer: $port"
$line += " port35001=$port"

# Outside 10., 172.16. to 172.31. and 192.168., printers nearby can't be reached while connected.
$lan = (Get-NetIPAddress -AddressFamily IPv4 -ErrorAction SilentlyContinue |
  Where-Object { $_.IPAddress -notmatch "^(127|169\.254)\." } | Select-Object -First 1).IPAddress
$private = if (-not $lan) { "unknown" } elseif ($lan -match "^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)") { "yes" } else { "no" }
"Address in your own network: $lan (RFC 1918: $private)"
$line += " lan=$private"
# Without the last number: whether the network overlaps with the VPN's shows without it.
if ($lan) { $line += " net=" + ($lan -replace "\.\d+$", ".0") }

# The client takes one person at a time: nobody else may be logged in to this computer.
$users = @(Get-Process explorer -ErrorAction SilentlyContinue | Select-Object -ExpandProperty SessionId -Unique).Count
"People logged in to this computer: $users"
$line += " users=$users"

""
"For the helpdesk:"
$line
