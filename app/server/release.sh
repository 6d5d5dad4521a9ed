#!/usr/bin/env bash
# Fetches what this server's group is to run by id and checksum, and makes it the current release; does nothing when it is already. The
# site in it is served until site-copy.js has brought the one that visitors have.
# shellcheck disable=SC2016 # the single quotes hold a program of another language
set -euo pipefail
: "${RELEASE_BUCKET:?}" "${SERVICE:?}" "${FLEET:?}"
root=${ROOT:-/opt/holdfast}
state=$(aws s3 cp "s3://$RELEASE_BUCKET/services/$SERVICE.json" -)
wanted=$("${NODE:-/usr/bin/node-24}" -e '
  const [, state, service, fleet] = process.argv;
  const { id, sha256 } = JSON.parse(state).fleets?.[fleet] ?? {};
  if (!/^[\w.-]+$/.test(id ?? "") || !/^[\da-f]{64}$/.test(sha256 ?? "")) {
    console.error(`services/${service}.json: expected fleets.${fleet} with id and sha256 of a release, got ${JSON.stringify({ id, sha256 })}`);
    process.exit(1);
  }
  console.log(id, sha256);' "$state" "$SERVICE" "$FLEET")
read -r id sha256 <<<"$wanted"
running=$(readlink "$root/current" || true)
if [ "$running" = "$root/releases/$id" ]; then exit 0; fi
work=$(mktemp -d "$root/releases/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT

if [ ! -d "$root/releases/$id" ]; then
  aws s3 cp --only-show-errors "s3://$RELEASE_BUCKET/releases/$id.tar" "$work/tar"
  echo "$sha256  $work/tar" | sha256sum --check --status || { echo "release $id: expected sha256 $sha256, got another: not installed" >&2; exit 1; }
  mkdir "$work/$id" && tar -x -f "$work/tar" -C "$work/$id" --no-same-owner && mv -T "$work/$id" "$root/releases/$id"
fi
ln -sfn "$root/releases/$id" "$root/current.new" && mv -T "$root/current.new" "$root/current"
for folder in "$root"/releases/*; do # the disk stays small
  if [ "$folder" != "$running" ] && [ "$folder" != "$root/releases/$id" ]; then rm -rf "$folder"; fi
done
