#!/bin/sh
# Genkan's check of this computer, for macOS and Linux. It reads, changes nothing and sends nothing.
# The last line is for the helpdesk: copy it and paste it into @SITE@/help/.
HOSTS="@HOSTS@"
say() { printf '%s\n' "$1"; }
line="genkan-doctor 1 os=$(uname -s)"

# The command line of AWS VPN Client 6 and newer (5 and older have none)
if command -v aws-vpn-client >/dev/null 2>&1; then
  status=$(aws-vpn-client get-connection-status --show-details 2>/dev/null)
  # "Disconnected" ends alike, so only the whole word as a value counts.
  if printf '%s' "$status" | grep -Eqi '"[a-z]*status" *: *"connected"'; then connected=yes; else connected=no; fi
  say "AWS VPN Client 6 or newer is installed. Connected: $connected"
  line="$line client=6+ connected=$connected"
else
  say "The command aws-vpn-client isn't there: AWS VPN Client is older than 6.0, or not installed."
  line="$line client=none"
fi

# AWS puts any label before the endpoint's name, so a label of our own must resolve too.
for host in $HOSTS; do
  if command -v getent >/dev/null 2>&1; then
    address=$(getent hosts "check.$host" | awk '{print $1; exit}')
  else
    address=$(dscacheutil -q host -a name "check.$host" 2>/dev/null | awk '/ip_address/ {print $2; exit}')
  fi
  if [ -n "$address" ]; then
    say "The name of the VPN resolves: $host"
    line="$line dns=ok"
  else
    say "The name of the VPN does NOT resolve: $host"
    line="$line dns=fails"
  fi
  # A VPN over UDP can't be tried this way: only TCP answers to a knock.
  if [ -n "$address" ] && command -v nc >/dev/null 2>&1; then
    if nc -z -w 5 "$address" 443 2>/dev/null; then tcp=ok; else tcp=fails; fi
    say "TCP port 443: $tcp"
    line="$line tcp443=$tcp"
  fi
done

# The browser brings the sign-in back to this port.
if command -v nc >/dev/null 2>&1 && nc -z -w 1 127.0.0.1 35001 2>/dev/null; then port=taken; else port=free; fi
say "Port 35001 on this computer: $port"
line="$line port35001=$port"

# Outside 10., 172.16. to 172.31. and 192.168., printers nearby can't be reached while connected.
lan=$( (ip -4 -o addr show scope global 2>/dev/null || ifconfig 2>/dev/null) |
  grep -o 'inet [0-9.]*' | grep -v ' 127\.' | awk '{print $2; exit}')
case $lan in
  10.* | 192.168.* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].*) private=yes ;;
  "") private=unknown ;;
  *) private=no ;;
esac
say "Address in your own network: ${lan:-unknown} (RFC 1918: $private)"
line="$line lan=$private"
# Without the last number: whether the network overlaps with the VPN's shows without it.
if [ -n "$lan" ]; then line="$line net=${lan%.*}.0"; fi

# The client takes one person at a time: nobody else may be logged in to this computer.
users=$(who 2>/dev/null | awk '{print $1}' | sort -u | wc -l | tr -d ' ')
say "People logged in to this computer: $users"
line="$line users=$users"

say ""
say "For the helpdesk:"
say "$line"
