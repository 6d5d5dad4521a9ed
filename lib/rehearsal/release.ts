/** Unpacks a release's archive as a server of the fleet does. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';

/** Into `folder`, anew. */
export async function unpack(archive: Uint8Array, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const tar = extract();
  tar.end(archive);
  for await (const entry of tar) {
    const path = join(folder, entry.header.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await buffer(entry));
  }
}
