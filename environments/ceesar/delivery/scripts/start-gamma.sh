#!/usr/bin/env bash
# Starts gamma on this machine and waits until it is healthy. It listens on 127.0.0.1:$PORT, else 8080.
set -euo pipefail
name=ceesar-gamma
label=com.ceesarcode.environment=gamma
image=${CEESAR_IMAGE:-ceesarcode:gamma}
port=${PORT:-8080}

if [ -n "$(docker ps --all --quiet --filter "name=^${name}\$")" ]; then
  echo "a container named $name is there already; next: $(dirname "$0")/stop-gamma.sh" >&2
  exit 1
fi

# The limits are those of docker-compose.gamma.yml; 256 shares are a quarter of a CPU.
docker run --detach --name "$name" --label "$label" --init --restart unless-stopped \
  --cpus 1.0 --memory 512m --cpu-shares 256 --memory-reservation 256m \
  --security-opt no-new-privileges --publish "127.0.0.1:${port}:8080" \
  --env GEMINI_API_KEY --env OPENAI_API_KEY --env ANTHROPIC_API_KEY "$image" >/dev/null

deadline=$((SECONDS + 60))
until [ "$(docker inspect --format '{{.State.Health.Status}}' "$name")" = healthy ]; do
  if [ "$SECONDS" -ge "$deadline" ]; then
    echo "$name is not healthy after 60 s; its last words:" >&2
    docker logs --tail 20 "$name" >&2
    exit 1
  fi
  sleep 0.5
done
echo "gamma answers at http://127.0.0.1:${port}"
