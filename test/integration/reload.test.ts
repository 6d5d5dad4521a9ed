/** Processes of a server restarted one after the other by its own script, under load, behind the deployed NGINX. */
import { join, resolve } from 'node:path';
import { freePorts } from '../../lib/rehearsal/ports';
import { startBackend } from '../../lib/rehearsal/servers';
import type { Request } from '../drills/client';
import { Bench } from '../support/backend';
import { type Served, serve, underLoad } from '../support/reloading';
import { freeRow } from '../support/services';

const FOLDER = resolve('.holdfast/integration-reload');
jest.setTimeout(120_000);

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
    served = await serve({
      folder: FOLDER,
      name: 'pages',
      ports: Array.from({ length: count }, (_, n) => first + n),
      begin: pages,
    });
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
    served = await serve({ folder: FOLDER, name: 'pages', ports: [first, first + 1], begin: pages, comesBack: false });
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
    served = await serve({ folder: FOLDER, name: 'pages', ports: [first], begin: pages });
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
    served = await serve({ folder: FOLDER, name: 'backend', ports: await freePorts(count), begin });
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
