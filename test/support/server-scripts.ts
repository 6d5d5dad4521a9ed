/** Runs scripts of app/server with a stand-in for the AWS command line: secrets by id, objects by key, all from a folder. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Fails for what isn't there, as the real one does. */
const AWS = `#!/usr/bin/env node
const { copyFileSync, readFileSync } = require('node:fs');
const args = process.argv.slice(2);
const read = (name) => readFileSync(__dirname + '/' + name, 'utf8');
if (args[0] === 'secretsmanager') console.log(read('secret-' + args[args.indexOf('--secret-id') + 1]));
const [from, to] = args.filter((each) => each.startsWith('s3://') || each.startsWith('/') || each === '-');
if (args[0] === 's3') {
  const object = from.replace('s3://bucket/', 'object-').replaceAll('/', '_');
  if (to === '-') console.log(read(object));
  else copyFileSync(__dirname + '/' + object, to);
}
`;

export interface Aws {
  readonly folder: string;
  secret(id: string, value: unknown): void;
  /** A secret that is no JSON. */
  text(id: string, value: string): void;
  object(key: string, body: string | Uint8Array): void;
}

export function standIn(): Aws {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-aws-'));
  writeFileSync(join(folder, 'aws'), AWS);
  chmodSync(join(folder, 'aws'), 0o755);
  return {
    folder,
    secret: (id, value) => writeFileSync(join(folder, `secret-${id}`), JSON.stringify(value)),
    text: (id, value) => writeFileSync(join(folder, `secret-${id}`), value),
    object: (key, body) => writeFileSync(join(folder, `object-${key.replaceAll('/', '_')}`), body),
  };
}

/** Never throws: a test looks at the code and at what was said. */
export function run(aws: Aws, script: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync('bash', [script, ...args], {
    env: { PATH: `${aws.folder}:${process.env.PATH}`, NODE: process.execPath, ...env },
    encoding: 'utf8',
  });
  return { code: status, said: stdout + stderr };
}
