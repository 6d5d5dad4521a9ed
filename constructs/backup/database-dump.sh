#!/usr/bin/env bash
# Dumps a database into a bucket, and into a second one, where there is one. Deletes nothing: the buckets do, in time.
# Takes: PGHOST and what else libpq reads, BUCKET, COPY_BUCKET and COPY_REGION (both may be empty). Prints no value.
set -euo pipefail
file=$(mktemp)
trap 'rm -f "$file"' EXIT
name=dumps/$(date -u +%Y-%m-%dT%H%M%SZ).dump
pg_dump --format=custom --file="$file" # whole before it is sent: one that broke off would be stored like any other
pg_restore --list "$file" >/dev/null
aws s3 cp --only-show-errors "$file" "s3://$BUCKET/$name"
[ -z "${COPY_BUCKET:-}" ] || aws s3 cp --only-show-errors --region "$COPY_REGION" "$file" "s3://$COPY_BUCKET/$name"
echo "dump: $name, $(stat -c %s "$file") bytes"
