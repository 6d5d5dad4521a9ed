/** Runs scripts of app/server with a stand-in for the AWS command line: secrets by id, objects by key, the server's group, all from a folder; what it tells the group stands in `calls`. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Fails for what isn't there, as the real one does. */
const AWS = `#!/usr/bin/env node
const { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const read = (name) => readFileSync(__dirname + '/' + name, 'utf8');
if (args[0] === 'secretsmanager') console.log(read('secret-' + args[args.indexOf('--secret-id') + 1]));
const refusals = existsSync(__dirname + '/refused-' + args[0]) ? Number(read('refused-' + args[0])) : 0;
if (refusals > 0) {
  writeFileSync(__dirname + '/refused-' + args[0], String(refusals - 1));
  process.exit(254);
}
const given = (name) => args[args.indexOf('--' + name) + 1];
if (args[0] === 'ec2') console.log(existsSync(__dirname + '/group') ? read('group') : 'Holdfast-prod-backend-blue');
if (args[0] === 'autoscaling') {
  const words = ['auto-scaling-group-name', 'instance-id', 'lifecycle-hook-name', 'lifecycle-action-result'].map(given);
  appendFileSync(__dirname + '/calls', 'group: ' + words.join(' ') + '\\n');
}
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
  /** Name of the auto scaling group that the server is in. @default Holdfast-prod-backend-blue */
  group(name: string): void;
  /** The next calls of a service, such as 'ec2', fail. */
  refuse(service: string, times: number): void;
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
    refuse: (service, times) => writeFileSync(join(folder, `refused-${service}`), `${times}`),
    group: (name) => writeFileSync(join(folder, 'group'), name),
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
