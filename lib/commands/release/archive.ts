/** What is in a release's archive, from its bytes. */
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { fileOf, type Source, sha256 } from '../../../lambda/release-publisher/files/file';

/** Files below a folder of the archive, by their paths in it. */
export async function filesIn(archive: Uint8Array, folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const tar = extract();
  tar.end(archive);
  const found = new Map<string, Buffer>();
  for await (const entry of tar) {
    const { name } = entry.header;
    const contents = await buffer(entry);
    if (name.startsWith(`${folder}/`)) found.set(name.slice(folder.length + 1), contents);
  }
  return found;
}

/** The site of a release, as the publisher takes it. */
export async function siteIn(archive: Uint8Array): Promise<Source> {
  const files = await filesIn(archive, 'site');
  return {
    files: [...files].map(([path, contents]) => fileOf(path, contents.length, sha256(contents))),
    leftOut: [],
    async *open(path) {
      yield files.get(path) ?? Buffer.alloc(0);
    },
  };
}
