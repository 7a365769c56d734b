#!/usr/bin/env bash
# Install what the tests against real services need: a browser, a database server, Java and Maven for the broker,
# and what opens a digest page by page. Only what is missing is installed.
set -euo pipefail
packages=(chromium postgresql maven openjdk-17-jre-headless fonts-noto-cjk libreoffice-writer poppler-utils
  docker-compose make python3-venv)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "all ${#packages[@]} packages are there"
  exit 0
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "not root and no sudo; install by hand: ${missing[*]}" >&2; exit 1; }
  root=(sudo)
fi
echo "installing ${missing[*]}"
"${root[@]}" apt-get update -q
DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
