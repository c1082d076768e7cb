#!/bin/sh
# Furnishes a network of its own, then runs the program given after the folder with hosts and resolv.conf.
set -e
mount --make-rprivate /
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/resolv.conf" /etc/resolv.conf
shift

ip link set lo up
# Public addresses, by the ranges for documentation, and one of a metadata service.
for address in 203.0.113.10 203.0.113.11 203.0.113.53 169.254.169.254; do
	ip address add "$address/32" dev lo
done
ip -6 address add 2001:db8::10/128 dev lo nodad

# At the other end of the cable nobody listens: a private address of this machine, and nets in which nobody answers.
ip link add silent type veth peer name nobody
ip address add 10.1.0.2/24 dev silent
ip link set silent arp off
ip link set silent up
ip link set nobody up
ip route add 198.51.100.0/24 dev silent
ip -6 route add 2001:db8:dead::/48 dev silent
ip route add unreachable 192.0.2.0/24

exec "$@"
