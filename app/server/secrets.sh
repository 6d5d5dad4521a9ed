#!/usr/bin/env bash
# secrets.sh FILE [NAME… | -- NAME…]: writes connections and secrets to the file, readable by its owner only: all of the backend's, or those
# named (DATABASE, SESSIONS, COOKIE, TOKEN), which behind -- may be none. Prints no value.
# A process that restarts while Secrets Manager doesn't answer keeps the secrets it had.
# shellcheck disable=SC2016 # the single quotes hold programs of other languages
set -euo pipefail
umask 0277
file=$1
shift
names=("$@") all=
[ "$#" -gt 0 ] || all=yes names=(DATABASE SESSIONS COOKIE TOKEN)
[ "${1:-}" != -- ] || names=("${@:2}")
fetch() {
  aws secretsmanager get-secret-value --cli-connect-timeout 5 --cli-read-timeout 10 --secret-id "$1" --query SecretString --output text
}
[[ " ${names[*]} " != *" SESSIONS "* ]] || : "${REDIS_PRIMARY:?}"
unset DATABASE SESSIONS COOKIE TOKEN
for name in "${names[@]}"; do
  id=${name}_SECRET
  if ! value=$(fetch "${!id:?}"); then
    [ -e "$file" ] || exit 1
    echo 'secrets: expected values from Secrets Manager, got none; those of the last start are kept' >&2
    exit
  fi
  export "$name=$value"
done
# without an error tracker the site works as well
DSN=
if [ -n "${all:+${ERROR_DSN_SECRET:-}}" ] && ! { DSN=$(fetch "$ERROR_DSN_SECRET") && [[ $DSN =~ ^https://[[:alnum:]]+@[^[:space:]/\']+/[[:digit:]]+$ ]]; }; then
  echo 'error tracker: expected a DSN https://KEY@HOST/PROJECT from Secrets Manager, got something else or nothing; no error is reported' >&2
  DSN=
fi
export DSN
rm -f "$file.new"
"${NODE:-/usr/bin/node-24}" -e '
  const { createHash } = require("node:crypto");
  const { REDIS_PRIMARY, REDIS_READER = "", DATABASE_REPLICAS = "", DATABASE_HOST, DATABASE_PORT } = process.env;
  const signerFirst = (text) => {
    const { current, next, previous } = JSON.parse(text);
    const secrets = [current, next, previous].filter((secret) => secret !== undefined);
    if (secrets.every((secret) => /^[A-Za-z0-9]{32,128}$/.test(secret))) return secrets;
    console.error("signing secret: expected {current, next?, previous?} of 32 to 128 letters and digits each, got something else");
    process.exit(1);
  };
  const kid = (secret) => createHash("sha256").update(secret).digest("hex").slice(0, 8); // the same on every server
  const becomes = {
    DATABASE: (text) => {
      const { username, password, dbname, ...primary } = JSON.parse(text);
      const { host, port } = DATABASE_HOST ? { host: DATABASE_HOST, port: DATABASE_PORT } : primary; // a copy in another region has the primary of the first
      const postgres = (at) => `postgresql://${username}:${password}@${at}:${port}/${dbname}`;
      return {
        DATABASE_URL: postgres(host),
        DATABASE_REPLICA_URLS: DATABASE_REPLICAS.split(",").filter(Boolean).map(postgres).join(","),
      };
    },
    SESSIONS: (text) => {
      const { username, password } = JSON.parse(text);
      return {
        REDIS_URL: `rediss://${username}:${password}@${REDIS_PRIMARY}`,
        REDIS_READER_URL: REDIS_READER && `rediss://${username}:${password}@${REDIS_READER}`,
      };
    },
    COOKIE: (text) => ({ SESSION_SECRET: signerFirst(text).join(",") }),
    TOKEN: (text) => ({ JWT_SECRET: signerFirst(text).map((secret) => `${kid(secret)}:${secret}`).join(",") }),
    DSN: (text) => ({ ERROR_DSN: text }),
  };
  const lines = Object.entries(becomes).flatMap(([name, of]) => Object.entries(process.env[name] ? of(process.env[name]) : {}));
  for (const [name, value] of lines) console.log(`${name}='"'"'${value}'"'"'`);
' >"$file.new"
mv -f "$file.new" "$file"
