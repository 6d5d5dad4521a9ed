/** A tar of files whose bytes depend on nothing but their names, modes and contents: the same on every machine. Not compressed, since zlib's output differs between versions. */
import { readFileSync, statSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

const executable = (path) => (statSync(path).mode & 0o111) !== 0;

/** @param {readonly {name: string, path: string}[]} entries name in the archive, path on disk; in any order */
export async function archive(entries) {
  const tar = pack();
  for (const { name, path } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const header = { name, mode: executable(path) ? 0o755 : 0o644, mtime: new Date(0), uid: 0, gid: 0 };
    tar.entry(header, readFileSync(path));
  }
  tar.finalize();
  return buffer(tar);
}
