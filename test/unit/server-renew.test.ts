/** The script that gives a running server the secrets that were replaced, run with stand-ins for systemd and the AWS command line. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run, standIn } from '../support/server-scripts';

const ENVIRONMENT: Record<string, string> = {
  DATABASE_SECRET: 'database',
  SESSIONS_SECRET: 'sessions',
  COOKIE_SECRET: 'cookie',
  TOKEN_SECRET: 'token',
  ORIGIN_SECRET: 'origin',
  REDIS_PRIMARY: 'redis.internal:6379',
};
const database = (password: string) => ({ username: 'app', password, host: 'db', port: 5432, dbname: 'app' });

/** A server on which everything runs, with the secrets of now. */
function server() {
  const aws = standIn();
  const machine = mkdtempSync(join(tmpdir(), 'holdfast-renew-'));
  const at = (path: string) => join(machine, path);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  cpSync('app/server', at('server'), { recursive: true });
  for (const name of ['systemctl', 'reload'])
    write(`programs/${name}`, `#!/bin/bash\necho "${name} $*" >>${at('calls')}\n`);
  cpSync(at('programs/reload'), at('server/reload.sh'));
  for (const program of ['programs/systemctl', 'server/reload.sh']) chmodSync(at(program), 0o755);
  aws.secret('database', database('db1'));
  aws.secret('sessions', { username: 'app', password: 'redis1' });
  for (const name of ['cookie', 'token', 'origin']) aws.secret(name, { current: name.repeat(8) });
  write('etc/holdfast/services/sign-in-8201', "NAME='sign-in'\nPORT='8201'\nSECRETS='COOKIE TOKEN'\n");
  write('etc/holdfast/services/pages-8301', "NAME='pages'\nPORT='8301'\nSECRETS=''\n");
  const env = { ...ENVIRONMENT, DESTDIR: machine, PATH: `${at('programs')}:${aws.folder}:${process.env.PATH}` };
  const started = (unit: string, ...names: readonly string[]) => {
    mkdirSync(at(`run/holdfast-${unit}`), { recursive: true });
    expect(run(aws, 'app/server/secrets.sh', [at(`run/holdfast-${unit}/env`), ...names], ENVIRONMENT).code).toBe(0);
  };
  for (const port of ['8000', '8001']) started(port);
  started('worker', 'DATABASE');
  started('sign-in-8201', '--', 'COOKIE', 'TOKEN');
  started('pages-8301', '--');
  mkdirSync(at('run/holdfast-nginx'));
  run(aws, 'app/server/origin.sh', [at('run/holdfast-nginx/origin.conf')], ENVIRONMENT);
  return {
    aws,
    started,
    renew: (more: Readonly<Record<string, string>> = {}) => {
      write('calls', '');
      const { code, said } = run(aws, at('server/renew.sh'), [], { ...env, ...more });
      return { code, said, calls: readFileSync(at('calls'), 'utf8').split('\n').filter(Boolean).sort() };
    },
  };
}

it('does nothing when nothing was replaced', () => {
  expect(server().renew()).toEqual({ code: 0, said: '', calls: [] });
});

it.each([
  ['database', database('db2'), ['reload backend', 'systemctl restart holdfast-worker']],
  ['sessions', { username: 'app', password: 'redis2' }, ['reload backend']],
  ['cookie', { current: 'c'.repeat(40), next: 'n'.repeat(40) }, ['reload backend', 'reload sign-in']],
  ['origin', { current: 'o'.repeat(40) }, ['systemctl reload holdfast-nginx']],
])('brings another %s secret to those who use it, and to nobody else', (name, value, calls) => {
  const { aws, renew } = server();
  aws.secret(name, value);
  expect(renew()).toEqual({ code: 0, said: '', calls });
});

it('goes on where it was cut off: one process with the former values is enough', () => {
  const { aws, started, renew } = server();
  aws.secret('sessions', { username: 'app', password: 'redis2' });
  started('8000');
  expect(renew().calls).toEqual(['reload backend']);
  started('8001');
  expect(renew().calls).toEqual([]);
});

it('leaves everything as it is, and fails, while Secrets Manager does not answer', () => {
  const { aws, renew } = server();
  aws.secret('database', database('db2'));
  rmSync(join(aws.folder, 'secret-cookie'));
  expect(renew()).toMatchObject({ code: 1, calls: [] });
});

it('restarts nobody because the address of the error tracker is missing for once', () => {
  const { aws, started, renew } = server();
  aws.text('tracker', 'https://abc123@o1.example.com/42');
  Object.assign(ENVIRONMENT, { ERROR_DSN_SECRET: 'tracker' });
  for (const port of ['8000', '8001']) started(port);
  rmSync(join(aws.folder, 'secret-tracker'));
  expect(renew({ ERROR_DSN_SECRET: 'tracker' })).toMatchObject({ code: 0, calls: [] });
});
