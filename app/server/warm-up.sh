#!/usr/bin/env bash
# warm-up.sh FILE PORT…: asks each process for /health and for the paths in the file, such as backend/warm-up.json of the release, if it is
# there, so that it opens its connections and fills its caches before a visitor waits for it. A bad answer is told and keeps no server out: what is behind may be down.
# shellcheck disable=SC2016 # the single quotes hold a program of another language
set -euo pipefail
wanted=$("${NODE:-/usr/bin/node-24}" -e '
  const { existsSync, readFileSync } = require("node:fs");
  const file = process.argv[1];
  const text = existsSync(file) ? readFileSync(file, "utf8") : "[]";
  const paths = (() => { try { return JSON.parse(text); } catch { return undefined; } })();
  if (!Array.isArray(paths) || !paths.every((path) => /^\/[!-~]*$/.test(path))) {
    console.error(`${file}: expected paths such as ["/api/me"], got ${text.trim()}`);
    process.exit(1);
  }
  for (const path of ["/health", ...paths]) console.log(path);' "$1")
shift
mapfile -t paths <<<"$wanted"
for port in "$@"; do
  for path in "${paths[@]}"; do
    curl -fs -o /dev/null --max-time 10 "http://127.0.0.1:$port$path" || echo "warm-up: $path did not answer well on port $port" >&2
  done
done
