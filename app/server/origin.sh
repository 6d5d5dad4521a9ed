#!/usr/bin/env bash
# Writes the rows of NGINX's map that tell CloudFront from other visitors to the file named. Prints no value.
# shellcheck disable=SC2016 # the single quotes hold a program of another language
set -euo pipefail
umask 0277
rm -f "$1"
if [ -z "${ORIGIN_SECRET:-}" ]; then
  echo 'default cdn;' >"$1" # an internal balancer: only CloudFront reaches it
  exit
fi
rows=$(
  aws secretsmanager get-secret-value --secret-id "$ORIGIN_SECRET" --query SecretString --output text |
    "${NODE:-/usr/bin/node-24}" -e '
      const secrets = Object.values(JSON.parse(require("node:fs").readFileSync(0, "utf8"))); // current and previous
      if (!secrets.length || secrets.some((secret) => !/^[A-Za-z0-9]{32,128}$/.test(secret))) {
        console.error("origin secret: expected values of 32 to 128 letters and digits, got something else");
        process.exit(1);
      }
      for (const secret of secrets) console.log(`"${secret}" cdn;`);'
)
printf 'default balancer;\n%s\n' "$rows" >"$1"
