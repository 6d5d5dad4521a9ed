/** A zip of files, in memory. */
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { Files } from './sites';

export function zipOf(files: Files): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, contents] of Object.entries(files))
    zip.addBuffer(Buffer.from(contents), path, { compressionLevel: 1 });
  zip.end();
  return buffer(zip.outputStream);
}
