#!/usr/bin/env bash
# Stops gamma on this machine and removes its container; one that start-gamma.sh did not make is left alone.
set -euo pipefail
name=ceesar-gamma
label=com.ceesarcode.environment=gamma

container=$(docker ps --all --quiet --filter "name=^${name}\$" --filter "label=$label")
if [ -z "$container" ]; then
  echo "gamma does not run here"
  exit 0
fi
# What is in flight may take as long as a program may run, and a little more.
docker stop --time 40 "$container" >/dev/null
docker rm "$container" >/dev/null
echo "gamma is stopped"
