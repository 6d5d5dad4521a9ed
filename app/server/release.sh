#!/usr/bin/env bash
# Fetches the current release by id and checksum and makes it the current one; does nothing when it is already. The site in it is
# served until site-copy.js has brought the one that visitors have.
set -euo pipefail
: "${RELEASE_BUCKET:?}"
root=${ROOT:-/opt/holdfast}
pointer=$(aws s3 cp "s3://$RELEASE_BUCKET/current.json" -)
wanted=$("${NODE:-/usr/bin/node-24}" -e '
  const { id, sha256 } = JSON.parse(process.argv[1]);
  console.log(id, sha256);' "$pointer")
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
