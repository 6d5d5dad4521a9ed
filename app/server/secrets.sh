#!/usr/bin/env bash
# Writes the connections and secrets of the backend to the file named, readable by its owner only. Prints no value.
# shellcheck disable=SC2016 # the single quotes hold programs of other languages
set -euo pipefail
umask 0277
: "${DATABASE_SECRET:?}" "${SESSIONS_SECRET:?}" "${COOKIE_SECRET:?}" "${REDIS_PRIMARY:?}" "${REDIS_READER:?}"
fetch() { aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text; }
rm -f "$1"
DATABASE=$(fetch "$DATABASE_SECRET") SESSIONS=$(fetch "$SESSIONS_SECRET") COOKIE=$(fetch "$COOKIE_SECRET") "${NODE:-/usr/bin/node-24}" -e '
  const { DATABASE, SESSIONS, COOKIE, REDIS_PRIMARY, REDIS_READER, DATABASE_REPLICAS = "" } = process.env;
  const { username, password, host, port, dbname } = JSON.parse(DATABASE);
  const redis = JSON.parse(SESSIONS);
  const postgres = (at) => `postgresql://${username}:${password}@${at}:${port}/${dbname}`;
  const lines = {
    DATABASE_URL: postgres(host),
    DATABASE_REPLICA_URLS: DATABASE_REPLICAS.split(",").filter(Boolean).map(postgres).join(","),
    REDIS_URL: `rediss://${redis.username}:${redis.password}@${REDIS_PRIMARY}`,
    REDIS_READER_URL: `rediss://${redis.username}:${redis.password}@${REDIS_READER}`,
    SESSION_SECRET: COOKIE,
  };
  for (const [name, value] of Object.entries(lines)) console.log(`${name}='"'"'${value}'"'"'`);
' >"$1"
