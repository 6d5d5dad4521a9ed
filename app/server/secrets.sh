#!/usr/bin/env bash
# Writes the connections and secrets of the backend to the file named, readable by its owner only. Prints no value.
# A process that restarts while Secrets Manager doesn't answer keeps the secrets it had.
# shellcheck disable=SC2016 # the single quotes hold programs of other languages
set -euo pipefail
umask 0277
: "${DATABASE_SECRET:?}" "${SESSIONS_SECRET:?}" "${COOKIE_SECRET:?}" "${TOKEN_SECRET:?}" "${REDIS_PRIMARY:?}"
fetch() {
  aws secretsmanager get-secret-value --cli-connect-timeout 5 --cli-read-timeout 10 --secret-id "$1" --query SecretString --output text
}
if ! DATABASE=$(fetch "$DATABASE_SECRET") || ! SESSIONS=$(fetch "$SESSIONS_SECRET") ||
  ! COOKIE=$(fetch "$COOKIE_SECRET") || ! TOKEN=$(fetch "$TOKEN_SECRET"); then
  [ -e "$1" ] || exit 1
  echo 'secrets: expected values from Secrets Manager, got none; those of the last start are kept' >&2
  exit
fi
# without an error tracker the site works as well
DSN=
if [ -n "${ERROR_DSN_SECRET:-}" ] && ! { DSN=$(fetch "$ERROR_DSN_SECRET") && [[ $DSN =~ ^https://[[:alnum:]]+@[^[:space:]/\']+/[[:digit:]]+$ ]]; }; then
  echo 'error tracker: expected a DSN https://KEY@HOST/PROJECT from Secrets Manager, got something else or nothing; no error is reported' >&2
  DSN=
fi
rm -f "$1.new"
DATABASE=$DATABASE SESSIONS=$SESSIONS COOKIE=$COOKIE TOKEN=$TOKEN DSN=$DSN "${NODE:-/usr/bin/node-24}" -e '
  const { createHash } = require("node:crypto");
  const { DATABASE, SESSIONS, COOKIE, TOKEN, DSN, REDIS_PRIMARY, REDIS_READER = "", DATABASE_REPLICAS = "" } = process.env;
  const { username, password, host, port, dbname } = JSON.parse(DATABASE);
  const redis = JSON.parse(SESSIONS);
  const postgres = (at) => `postgresql://${username}:${password}@${at}:${port}/${dbname}`;
  const newestFirst = (text) => {
    const { current, previous } = JSON.parse(text);
    const secrets = previous === undefined ? [current] : [current, previous];
    if (secrets.every((secret) => /^[A-Za-z0-9]{32,128}$/.test(secret))) return secrets;
    console.error("signing secret: expected {current, previous?} of 32 to 128 letters and digits each, got something else");
    process.exit(1);
  };
  const kid = (secret) => createHash("sha256").update(secret).digest("hex").slice(0, 8); // the same on every server
  const lines = {
    DATABASE_URL: postgres(host),
    DATABASE_REPLICA_URLS: DATABASE_REPLICAS.split(",").filter(Boolean).map(postgres).join(","),
    REDIS_URL: `rediss://${redis.username}:${redis.password}@${REDIS_PRIMARY}`,
    REDIS_READER_URL: REDIS_READER && `rediss://${redis.username}:${redis.password}@${REDIS_READER}`,
    SESSION_SECRET: newestFirst(COOKIE).join(","),
    JWT_SECRET: newestFirst(TOKEN).map((secret) => `${kid(secret)}:${secret}`).join(","),
    ...(DSN && { ERROR_DSN: DSN }),
  };
  for (const [name, value] of Object.entries(lines)) console.log(`${name}='"'"'${value}'"'"'`);
' >"$1.new"
mv -f "$1.new" "$1"
