/** Processes of a server restarted one after the other by its own script, under load, behind the deployed NGINX. Only systemctl is a stand-in: it restarts real processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, freePorts } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startBackend, startNginx } from '../../lib/rehearsal/servers';
import { type Answer, Client, openLoop, type Request, visitor } from '../drills/client';
import { Bench, foundTools } from '../support/backend';
import { end, listen, portOf } from '../support/nginx';
import { freeRow, written } from '../support/services';

const FOLDER = resolve('.holdfast/integration-reload');
/** Few, so that a busy machine doesn't have the backend refuse some as too many. */
const PER_SECOND = 40;
jest.setTimeout(120_000);

interface Served {
  readonly url: string;
  readonly pids: () => readonly number[];
  readonly reload: (...args: readonly string[]) => Promise<{ readonly code: number; readonly said: string }>;
  readonly stop: () => Promise<void>;
}

interface What {
  readonly name: string;
  readonly ports: readonly number[];
  readonly begin: (port: number) => Promise<Running>;
  /** Whether it comes back after a restart. */
  readonly comesBack?: boolean;
}

async function serve({ name, ports, begin, comesBack = true }: What): Promise<Served> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, 'release/site'), { recursive: true });
  const processes = new Map(await Promise.all(ports.map(async (port) => [port, await begin(port)] as const)));
  const restarting: Promise<unknown>[] = [];
  const systemd = await listen(async ({ url = '' }, answer) => {
    const port = Number(/(\d+)$/.exec(url)?.[1]);
    await processes.get(port)?.stop();
    if (comesBack) restarting.push(begin(port).then((running) => processes.set(port, running))); // as systemd: started, not yet ready
    answer.end();
  });
  writeFileSync(join(FOLDER, 'systemctl'), `#!/bin/bash\nexec curl -fsS "http://127.0.0.1:${portOf(systemd)}/$2"\n`);
  chmodSync(join(FOLDER, 'systemctl'), 0o755);
  const port = await freePort();
  const service = name === 'backend' ? {} : written(`${name}:${ports[0]}:${ports.length}::/reports,/reports/*`).nginx;
  const nginx = await startNginx(await foundTools(), {
    port,
    folder: join(FOLDER, 'nginx'),
    logFile: join(FOLDER, 'nginx.log'),
    backendPorts: ports,
    release: join(FOLDER, 'release'),
    files: { 'origin.conf': 'default balancer;\n', ...service },
  });
  return {
    url: `http://127.0.0.1:${port}`,
    pids: () => [...processes.values()].map(({ pid }) => pid),
    reload: async (...args) => {
      const script = spawn('bash', [join(FOLDER, 'nginx/server/reload.sh'), ...args], {
        env: { PATH: `${FOLDER}:${process.env.PATH}`, WITHIN_SECONDS: comesBack ? '30' : '2' },
      });
      let said = '';
      for (const stream of [script.stdout, script.stderr])
        stream.on('data', (text) => {
          said += text;
        });
      const [code] = await once(script, 'close');
      await Promise.all(restarting.splice(0)); // the script asks whether they live, `begin` whether they are ready
      return { code, said };
    },
    stop: async () => {
      await nginx.stop();
      await end(systemd);
      for (const each of processes.values()) await each.stop();
    },
  };
}

/** The answers that were given while it was done, a second before and after included. */
async function underLoad(url: string, request: (number: number) => Omit<Request, 'from'>, done: () => Promise<void>) {
  const client = new Client(url);
  const over = new AbortController();
  const answers: (Answer & { readonly path: string })[] = [];
  const load = openLoop(PER_SECOND, over.signal, async (number) => {
    const asked = request(number);
    answers.push({ path: asked.path, ...(await client.send({ ...asked, from: visitor(number) })) });
  });
  try {
    await wait(1000);
    await done();
    await wait(1000);
  } finally {
    over.abort();
    await load;
    await client.close();
  }
  return answers;
}

const renewed =
  (served: Served, reload: () => Promise<{ readonly code: number; readonly said: string }>) => async () => {
    const before = served.pids();
    const { code, said } = await reload();
    expect([code, said]).toEqual([0, expect.stringContaining(`${before.length} processes of`)]);
    expect(served.pids().filter((pid) => before.includes(pid))).toEqual([]);
  };

const pages = (port: number) =>
  startBackend(
    { port, release: 'dist', logFile: join(FOLDER, `pages-${port}.log`), env: { DRAIN_MS: '200', LOG_LEVEL: 'error' } },
    'pages',
  );

let served: Served;
afterEach(() => served.stop());

describe('reload.sh pages', () => {
  it.each([2, 4])('makes %i processes new without a failed request', async (count) => {
    const first = await freeRow(count);
    served = await serve({ name: 'pages', ports: Array.from({ length: count }, (_, n) => first + n), begin: pages });
    const request = (n: number) =>
      n % 2
        ? { path: `/reports/services?reader=${n}` }
        : ({ method: 'POST', path: '/reports/services', body: { n } } as const); // which no route takes
    const answers = await underLoad(
      served.url,
      request,
      renewed(served, () => served.reload('pages')),
    );
    const wrong = answers.filter(({ status, text }) => status !== 200 && !(status === 404 && text.includes('POST')));
    expect(wrong).toEqual([]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(40);
  });

  it('ends at a process that does not come back, and leaves the others as they are', async () => {
    const first = await freeRow(2);
    served = await serve({ name: 'pages', ports: [first, first + 1], begin: pages, comesBack: false });
    const [, second] = served.pids();
    const { code, said } = await served.reload('pages');
    expect([code, said]).toEqual([
      1,
      expect.stringContaining(`expected /livez of holdfast-service@pages-${first} to answer within 2 s, got nothing`),
    ]);
    process.kill(second ?? 0, 0); // throws if it is gone
    expect((await fetch(`${served.url}/reports/`)).status).toBe(200);
  });

  it('names the services of the server when it knows none of that name', async () => {
    const first = await freeRow(1);
    served = await serve({ name: 'pages', ports: [first], begin: pages });
    for (const name of ['page', '../upstream', 'backend'])
      expect(await served.reload(name)).toEqual({
        code: 2,
        said: `reload: expected backend, or one of the services here (pages), got '${name}'\n`,
      });
  });
});

describe('reload.sh', () => {
  const bench = new Bench('reload-backend');
  beforeAll(() => bench.start(), 120_000);
  afterAll(() => bench.stop());

  it.each([2, 4])('makes %i processes of the backend new without a failed request', async (count) => {
    const begin = (port: number) =>
      startBackend({ port, release: resolve('dist'), logFile: join(FOLDER, `backend-${port}.log`), env: bench.env });
    served = await serve({ name: 'backend', ports: await freePorts(count), begin });
    const { cookie } = await bench.visitor();
    const request = (n: number): Omit<Request, 'from'> =>
      n % 2
        ? { path: '/api/profile', headers: { cookie } }
        : {
            method: 'POST',
            path: '/api/orders',
            body: { product: 'rope', quantity: 1 },
            headers: { cookie, 'idempotency-key': `order-${count}-${n}` },
          };
    const answers = await underLoad(
      served.url,
      request,
      renewed(served, () => served.reload()),
    );
    expect(answers.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(40);
  });
});
