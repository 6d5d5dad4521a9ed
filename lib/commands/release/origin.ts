/** What was built, and from what: gathered from dist/, git and the environment of CI. Writes nothing. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from '../../config/config-error';
import type { Origin } from './provenance';

export interface Built {
  readonly release: { readonly id: string; readonly sha256: string };
  readonly archive: Buffer;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Throws a ConfigError where dist/ holds something else than was built. */
export function built(folder = 'dist'): Built {
  const { release } = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')) as Pick<Built, 'release'>;
  const archive = readFileSync(`${folder}/release.tar`);
  const got = sha256(archive);
  if (got === release.sha256) return { release, archive };
  throw new ConfigError(
    `${folder}/release.tar: expected sha256 ${release.sha256} (${folder}/meta.json), got ${got}; build again`,
  );
}

/** Nothing where git fails: no git, or no clone. */
function git(...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', words, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Names and passwords in a repository's URL go to nobody. */
const withoutSecrets = (url: string) => url.replace(/^(\w+:\/\/)[^@/]*@/, '$1');

export function originOf({ release, archive }: Built, who: string, env = process.env): Origin {
  const changes = git('status', '--porcelain');
  const repository = git('remote', 'get-url', 'origin');
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_WORKFLOW_REF } = env;
  const hosted = GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_RUN_ID;
  return {
    release,
    bytes: archive.length,
    source: {
      repository: repository && withoutSecrets(repository),
      commit: git('rev-parse', 'HEAD'),
      dirty: changes !== '', // also where nobody knows
    },
    node: process.version,
    lockfile: sha256(readFileSync('package-lock.json')),
    builder: hosted
      ? {
          id: `${GITHUB_SERVER_URL}/${GITHUB_WORKFLOW_REF ?? GITHUB_REPOSITORY}`,
          invocation: `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`,
        }
      : { id: 'urn:holdfast:npm-run-release', invocation: who },
    builtAt: new Date(),
  };
}
