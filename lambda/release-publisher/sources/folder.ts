/** A release from a folder on this machine. */
import { createHash } from 'node:crypto';
import { createReadStream, type Dirent, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { PublishError } from '../error';
import { type File, fileOf, type Source, sha256 } from '../files/file';
import { type Choice, isLeftOut } from '../files/left-out';

/** Read whole up to here, else in pieces. */
const PIECE = 8 * 1024 * 1024;
/** Requests on their way get a turn after this many bytes. */
const BREATH = 16 * 1024 * 1024;

interface Walk {
  readonly root: string;
  readonly choice: Choice;
  readonly found: string[];
  readonly leftOut: string[];
}

function inside(root: string, path: string, key: string): string {
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    throw new PublishError(`${key}: expected a link to something, got one to nothing; remove it`);
  }
  if (real === root || real.startsWith(root + sep)) return real;
  throw new PublishError(`${key}: expected a link within the source, got one to ${real}; copy what it names`);
}

/** @param above real folders on the way here: a link to one of them would have no end */
function walk(state: Walk, folder: string, prefix: string, above: readonly string[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const key = prefix + entry.name;
    const path = join(folder, entry.name);
    if (isLeftOut(entry.name, state.choice)) {
      state.leftOut.push(entry.isDirectory() ? `${key}/` : key);
      continue;
    }
    const kind = entry.isSymbolicLink() ? kindOf(inside(state.root, path, key)) : entry;
    if (kind.isDirectory()) {
      const real = realpathSync(path);
      if (above.includes(real)) throw new PublishError(`${key}: expected no link to a folder above it, got ${real}`);
      walk(state, path, `${key}/`, [...above, real]);
    } else if (kind.isFile()) state.found.push(key);
    else throw new PublishError(`${key}: expected a file or a folder, got neither; remove it`);
  }
}

const kindOf = (real: string): Pick<Dirent, 'isFile' | 'isDirectory'> => statSync(real);

const openLarge = (path: string) => createReadStream(path, { highWaterMark: 1024 * 1024 });

async function hashOf(path: string, size: number): Promise<string> {
  if (size <= PIECE) return sha256(readFileSync(path));
  const hash = createHash('sha256');
  for await (const piece of openLarge(path)) hash.update(piece);
  return hash.digest('hex');
}

function rootOf(folder: string): string {
  const got = statSync(folder, { throwIfNoEntry: false });
  if (got?.isDirectory()) return realpathSync(folder);
  throw new PublishError(`--source: expected a folder, got ${got ? 'a file' : 'nothing'} at ${folder}; build the site`);
}

/** Reads and hashes every file. Throws a PublishError for a folder without any, or with a link out of it. */
export async function folderSource(folder: string, choice: Choice = {}): Promise<Source> {
  const root = rootOf(folder);
  const state: Walk = { root, choice, found: [], leftOut: [] };
  walk(state, root, '', [root]);
  if (state.found.length === 0)
    throw new PublishError(`--source: expected files to publish, got none in ${folder}; build the site`);
  const files: File[] = [];
  let read = 0;
  for (const key of state.found) {
    const path = join(root, key);
    const { size } = statSync(path);
    files.push(fileOf(key, size, await hashOf(path, size)));
    read += size;
    if (read > BREATH) {
      read = 0;
      await turn();
    }
  }
  const small = new Set(files.filter(({ size }) => size <= PIECE).map(({ path }) => path));
  return {
    files,
    leftOut: state.leftOut,
    async *open(path) {
      if (small.has(path)) yield readFileSync(join(root, path));
      else yield* openLarge(join(root, path));
    },
  };
}
