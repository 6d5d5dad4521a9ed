/** The script that dumps the database by the clock, with real PostgreSQL and its own programs; S3 is a folder. What lies there comes back, table by table. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { freePort } from '../../lib/rehearsal/ports';
import { startPostgres } from '../../lib/rehearsal/postgres';
import { type Running, until } from '../../lib/rehearsal/process';
import type { Address } from '../../lib/rehearsal/servers';
import { postgresSays } from '../../lib/rehearsal/standbys';
import type { Tools } from '../../lib/rehearsal/tools';
import { foundTools } from '../support/backend';
import { checksums, restoreDump } from '../support/backups';

const STATE = resolve('.holdfast/integration-dump');
/** `aws s3 cp … FILE s3://BUCKET/KEY`, whose last two words are these. */
const AWS = `#!/bin/sh
for word; do from=$to to=$word; done
[ "$to" != "s3://\${REFUSES:-}/\${to#s3://*/}" ] || exit 1
mkdir -p "${STATE}/$(dirname "\${to#s3://}")" && install -m 644 "$from" "${STATE}/\${to#s3://}"
`;

let tools: Tools;
let running: Running[] = [];
let [full, empty]: Address[] = [];

async function server(name: string): Promise<Address> {
  const at = { host: '127.0.0.1', port: await freePort() };
  running.push(await startPostgres(tools, { ...at, folder: `${STATE}/${name}`, logFile: `${STATE}/${name}.log` }));
  await until(name, async () => (await postgresSays(at, 'select 1')).length > 0);
  return at;
}

function dump(more: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync('bash', ['constructs/backup/database-dump.sh'], {
    encoding: 'utf8',
    env: {
      PATH: `${STATE}/bin:${dirname(tools.postgres)}:${process.env.PATH}`,
      PGHOST: full?.host,
      PGPORT: `${full?.port}`,
      PGUSER: 'postgres',
      PGDATABASE: 'postgres',
      BUCKET: 'here',
      COPY_BUCKET: 'there',
      COPY_REGION: 'eu-central-1',
      TMPDIR: `${STATE}/tmp`,
      ...more,
    },
  });
  return { status, stdout, stderr };
}

const stored = (bucket: string) =>
  existsSync(`${STATE}/${bucket}/dumps`)
    ? readdirSync(`${STATE}/${bucket}/dumps`).map((name) => `${STATE}/${bucket}/dumps/${name}`)
    : [];

beforeAll(async () => {
  tools = await foundTools();
  rmSync(STATE, { recursive: true, force: true });
  for (const folder of ['bin', 'tmp']) mkdirSync(`${STATE}/${folder}`, { recursive: true });
  writeFileSync(`${STATE}/bin/aws`, AWS);
  chmodSync(`${STATE}/bin/aws`, 0o755);
  full = await server('full');
  empty = await server('empty');
  await postgresSays(
    full,
    'create table things (id bigint generated always as identity primary key, what text not null)',
  );
  await postgresSays(full, 'insert into things (what) select md5(n::text) from generate_series(1, 20000) as n');
});
afterEach(() => {
  for (const bucket of ['here', 'there']) rmSync(`${STATE}/${bucket}`, { recursive: true, force: true });
});
afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()));
  running = [];
});

it('puts one whole dump into each bucket, and every table comes back with its checksum', async () => {
  expect(dump()).toMatchObject({ status: 0, stdout: expect.stringMatching(/^dump: dumps\/.*Z\.dump, \d+ bytes\n$/) });
  expect([stored('here').length, stored('there').length]).toEqual([1, 1]);
  const [file = ''] = stored('there');
  await restoreDump(tools, empty as Address, file, `${STATE}/restore.log`);
  expect(await checksums(empty as Address)).toEqual(await checksums(full as Address));
});

it('leaves nothing on its disk', () => {
  dump();
  expect(readdirSync(`${STATE}/tmp`)).toEqual([]);
});

it('without a second bucket it fills the first', () => {
  expect(dump({ COPY_BUCKET: '', COPY_REGION: '' }).status).toBe(0);
  expect([stored('here').length, stored('there').length]).toEqual([1, 0]);
});

it('stores nothing where the database breaks off, and fails', () => {
  expect(dump({ PGPORT: '1' }).status).not.toBe(0);
  expect(stored('here')).toEqual([]);
});

it('fails where the second bucket refuses, with the dump in the first', () => {
  expect(dump({ REFUSES: 'there' }).status).not.toBe(0);
  expect([stored('here').length, stored('there').length]).toEqual([1, 0]);
});
