#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints every name that does not answer at port 443, looked up and connected to directly, or through a proxy.
# Usage: check-endpoints.sh -|PROXY:PORT NAME...
set -u
proxy=$1
shift

directly() {
  if ! getent ahosts "$1" > /dev/null; then
    echo "$1 (no address is known for it)"
  elif ! timeout 5 bash -c "exec 3<>/dev/tcp/$1/443" 2> /dev/null; then
    echo "$1"
  fi
}

through_proxy() {
  local said
  said=$(
    timeout 10 bash -c "exec 3<>/dev/tcp/${proxy%:*}/${proxy##*:} &&
      printf 'CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n' '$1' '$1' >&3 && head -n 1 <&3" 2> /dev/null
  )
  case $said in
    HTTP/1.*\ 200*) ;;
    *) echo "$1 (through $proxy)" ;;
  esac
}

for name in "$@"; do
  if [ "$proxy" = - ]; then directly "$name" & else through_proxy "$name" & fi
done
wait
