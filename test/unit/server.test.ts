/** What a server is set up with: tables that must agree, and the scripts that write secrets, run with a stand-in for the AWS command line. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TABLE: Readonly<Record<string, string>> = JSON.parse(readFileSync('app/server/security-headers.json', 'utf8'));
const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));

describe('security headers', () => {
  it('are the same from NGINX as in the table that CloudFront has', () => {
    expect(lines('app/server/security-headers.conf')).toEqual(
      Object.entries(TABLE).map(([name, value]) => `add_header ${name} "${value}" always;`),
    );
  });

  it('come once: the backend’s own are hidden', () => {
    expect(lines('app/server/hidden-headers.conf')).toEqual(
      Object.keys(TABLE).map((name) => `proxy_hide_header ${name};`),
    );
  });
});

const CURRENT = 'c'.repeat(48);
const PREVIOUS = 'p'.repeat(48);
const SECRETS: Readonly<Record<string, string>> = {
  database: JSON.stringify({ username: 'app', password: 'db123', host: 'db.internal', port: 5432, dbname: 'app' }),
  sessions: JSON.stringify({ username: 'app', password: 'redis123' }),
  cookie: 's'.repeat(48),
  origin: JSON.stringify({ current: CURRENT, previous: PREVIOUS }),
  broken: JSON.stringify({ current: '"; evil' }),
};

/** Runs a script with an `aws` that answers from SECRETS; returns what it wrote, the file's mode and what it printed. */
function run(script: string, env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-server-'));
  const aws = join(folder, 'aws');
  writeFileSync(join(folder, 'secrets.json'), JSON.stringify(SECRETS));
  writeFileSync(
    aws,
    `#!/usr/bin/env node\nconst id = process.argv[process.argv.indexOf('--secret-id') + 1];\nconsole.log(require('${folder}/secrets.json')[id]);\n`,
  );
  chmodSync(aws, 0o755);
  const out = join(folder, 'out');
  const PATH = `${folder}:${process.env.PATH}`;
  const printed = execFileSync('bash', [script, out], {
    env: { PATH, NODE: process.execPath, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { written: readFileSync(out, 'utf8'), mode: statSync(out).mode & 0o777, printed };
}

describe('the secrets of the backend', () => {
  const { written, mode, printed } = run('app/server/secrets.sh', {
    DATABASE_SECRET: 'database',
    SESSIONS_SECRET: 'sessions',
    COOKIE_SECRET: 'cookie',
    DATABASE_REPLICAS: 'r1.internal,r2.internal',
    REDIS_PRIMARY: 'redis.internal:6379',
    REDIS_READER: 'reader.internal:6379',
  });

  it('become the variables that the backend reads', () => {
    expect(written.trim().split('\n')).toEqual([
      "DATABASE_URL='postgresql://app:db123@db.internal:5432/app'",
      "DATABASE_REPLICA_URLS='postgresql://app:db123@r1.internal:5432/app,postgresql://app:db123@r2.internal:5432/app'",
      "REDIS_URL='rediss://app:redis123@redis.internal:6379'",
      "REDIS_READER_URL='rediss://app:redis123@reader.internal:6379'",
      `SESSION_SECRET='${'s'.repeat(48)}'`,
    ]);
  });

  it('are readable by their owner alone, and printed nowhere', () => {
    expect(mode).toBe(0o400);
    expect(printed).toBe('');
  });
});

describe('who NGINX takes for CloudFront', () => {
  it('is whoever knows the current or the previous secret', () => {
    const { written, mode } = run('app/server/origin.sh', { ORIGIN_SECRET: 'origin' });
    expect(written).toBe(`default 0;\n"${CURRENT}" 1;\n"${PREVIOUS}" 1;\n`);
    expect(mode).toBe(0o400);
  });

  it('is everybody behind an internal balancer, which only CloudFront reaches', () => {
    expect(run('app/server/origin.sh', {}).written).toBe('default 1;\n');
  });

  it('is nobody when the secret is malformed: it stands in a configuration file', () => {
    expect(() => run('app/server/origin.sh', { ORIGIN_SECRET: 'broken' })).toThrow(/expected values of 32 to 128/);
  });
});
