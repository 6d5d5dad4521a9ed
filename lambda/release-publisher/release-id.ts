/** A release's id, from its files: the same build has the same id in every bucket, whoever publishes it. */
import { createHash } from 'node:crypto';
import type { File } from './files/file';

export function releaseId(files: readonly File[]): string {
  const hash = createHash('sha256');
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const file of sorted)
    hash.update(`${JSON.stringify([file.path, file.hash, file.contentType, file.cacheControl])}\n`);
  return hash.digest('hex').slice(0, 12);
}
