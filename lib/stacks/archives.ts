/** The archives that the build left for the stacks to ship, with their checksums. */
import { readFileSync } from 'node:fs';

interface Archive {
  readonly path: string;
  /** Of the archive's bytes, in hex. */
  readonly sha256: string;
}

export interface Archives {
  /** Backend and site in one, under one id. */
  readonly release: Archive & { readonly id: string };
  /** Folder of the built site alone. */
  readonly site: string;
  /** app/server: what a server is set up with. */
  readonly server: Archive;
}

/** Reads what `npm run build` wrote; throws when nothing was built. */
export function builtArchives(): Archives {
  const { release, server } = JSON.parse(readFileSync('dist/meta.json', 'utf8'));
  return {
    release: { path: 'dist/release.tar', ...release },
    site: 'dist/frontend',
    server: { path: 'dist/server.tar', ...server },
  };
}
