/** A real Prometheus with the files that are generated scrapes a real backend. Sixty times as fast, so that a minute takes a second. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { environment } from '../../lib/config';
import { prometheusFiles } from '../../lib/prometheus/files';
import { QUERIES } from '../../lib/prometheus/queries';
import { recorded } from '../../lib/prometheus/rules';
import { freePort } from '../../lib/rehearsal/ports';
import { answers, type Running, start, until } from '../../lib/rehearsal/process';
import { Bench } from '../support/backend';
import { ran } from '../support/prometheus';

const FOLDER = '.holdfast/integration-prometheus-server';
const bench = new Bench('prometheus');
let server: Running;
let url: string;
let cookie: string;

const MS = { h: 3_600_000, m: 60_000, s: 1000 } as const;
/** Every duration in there, by 60. */
const faster = (text: string) =>
  text.replace(/\b(?:\d+[hms]){1,2}\b/g, (duration) => {
    const parts = [...duration.matchAll(/(\d+)([hms])/g)];
    return `${Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * MS[unit as keyof typeof MS], 0) / 60)}ms`;
  });

const api = async (path: string) => (await (await fetch(`${url}/api/v1/${path}`)).json()).data;
const value = async (promql: string): Promise<string | undefined> =>
  (await api(`query?query=${encodeURIComponent(promql)}`)).result[0]?.value[1];
const firing = async (): Promise<readonly string[]> =>
  (await api('alerts')).alerts.map(({ labels }: { labels: { alertname: string } }) => labels.alertname);

/** More than 20 a second, also to the cache. */
async function traffic(seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(100)) {
    const asked = Array.from({ length: 4 }, () => [
      bench.get('/api/profile', { cookie }),
      bench.get('/api/products/1'),
    ]);
    await Promise.allSettled(asked.flat());
  }
}

beforeAll(async () => {
  await bench.start();
  ({ cookie } = await bench.visitor());
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const files = prometheusFiles(environment('prod'), [`127.0.0.1:${bench.port}`]);
  for (const [name, text] of Object.entries(files))
    writeFileSync(`${FOLDER}/${name}`, name.endsWith('.yml') ? faster(text) : text);
  ran('prometheus', '--version'); // or the reason why there is none
  server = await start({
    name: 'Prometheus',
    command: 'prometheus',
    args: [
      `--config.file=${FOLDER}/prometheus.yml`,
      `--storage.tsdb.path=${FOLDER}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--query.lookback-delta=5s',
    ],
    env: { PATH: process.env.PATH },
    logFile: `${FOLDER}/prometheus.log`,
    ready: () => answers(`${url}/-/ready`),
  });
});
afterAll(async () => {
  await server?.stop();
  await bench.stop();
});

it('takes the configuration as promtool does, before it is made faster', () => {
  const files = prometheusFiles(environment('prod'));
  mkdirSync(`${FOLDER}/checked`, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(`${FOLDER}/checked/${name}`, text);
  expect(ran('promtool', 'check', 'config', `${FOLDER}/checked/prometheus.yml`)).toMatchObject({ code: 0 });
});

it('scrapes the process, by labels of its own', async () => {
  await until('a scrape', async () => (await value('up{job="backend"}')) === '1');
  expect((await api('targets')).activeTargets[0].labels).toMatchObject({
    job: 'backend',
    instance: `127.0.0.1:${bench.port}`,
    environment: 'prod',
    process: `${bench.port}`,
  });
});

it('records every figure from what the backend really says', async () => {
  await traffic(5);
  const figures = await Promise.all(
    Object.keys(QUERIES).map(async (name) => [name, await value(recorded(name))] as const),
  );
  expect(figures.filter(([, figure]) => figure === undefined || Number.isNaN(Number(figure)))).toEqual([]);
});

it('is silent while all is well', async () => {
  expect(await firing()).toEqual([]);
});

it('fires when Redis is gone, and ends when it is back', async () => {
  await bench.redis.stop();
  await until('the alert', async () => {
    await traffic(0.5);
    return (await firing()).includes('RequestsUncounted');
  });
  await bench.startRedis();
  await until('its end', async () => {
    await traffic(0.5);
    return !(await firing()).includes('RequestsUncounted');
  });
});
