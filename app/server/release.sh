#!/usr/bin/env bash
# Fetches the current release, and those before it that the pointer names, by id and checksum; keeps the assets of all of them,
# since pages of older builds are still open somewhere; makes the current one current. Does nothing when it is already.
set -euo pipefail
: "${RELEASE_BUCKET:?}"
root=${ROOT:-/opt/holdfast}
pointer=$(aws s3 cp "s3://$RELEASE_BUCKET/current.json" -)
# {id, sha256, previous?: [{id, sha256}, …]}: a line each, the current one first
releases=$("${NODE:-/usr/bin/node-24}" -e '
  const { previous = [], ...current } = JSON.parse(process.argv[1]);
  for (const { id, sha256 } of [current, ...previous]) console.log(id, sha256);' "$pointer")
read -r current _ <<<"$releases"
if [ "$(readlink "$root/current" || true)" = "$root/releases/$current" ]; then exit 0; fi
work=$(mktemp -d "$root/releases/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT

fetch() { # id, sha256
  if [ -d "$root/releases/$1" ]; then return; fi
  aws s3 cp --only-show-errors "s3://$RELEASE_BUCKET/releases/$1.tar" "$work/tar" || return 1
  echo "$2  $work/tar" | sha256sum --check --status || { echo "release $1: expected sha256 $2, got another: not installed" >&2; return 1; }
  mkdir "$work/$1" && tar -x -f "$work/tar" -C "$work/$1" --no-same-owner && mv -T "$work/$1" "$root/releases/$1"
}

mkdir "$work/kept"
while read -r id sha256; do
  if fetch "$id" "$sha256"; then
    if [ -d "$root/releases/$id/site/assets" ]; then cp -r "$root/releases/$id/site/assets" "$work/kept"; fi
  elif [ "$id" = "$current" ]; then
    exit 1
  else
    echo "release $id: expected it in $RELEASE_BUCKET, got none that fits; its assets are not kept" >&2
  fi
done <<<"$releases"
running=$(readlink "$root/current" || true) former=$(readlink "$root/kept" || true) kept="$root/kept${work##*/.new}"
mv -T "$work/kept" "$kept"
ln -sfn "$kept" "$root/kept.new" && mv -T "$root/kept.new" "$root/kept"
ln -sfn "$root/releases/$current" "$root/current.new" && mv -T "$root/current.new" "$root/current"
for folder in ${former:+"$former"} "$root"/releases/*; do # the disk stays small
  if [ "$folder" != "$running" ] && ! grep -q "^${folder##*/} " <<<"$releases"; then rm -rf "$folder"; fi
done
