/** How the drills judge: a drill that can't tell well from ill proves nothing. The control runs prove the same on real processes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { errors, Unavailable, unavailable } from '../../app/backend/http/errors';
import { LOG_OPTIONS } from '../../app/backend/http/personal';
import { causes } from '../drills/causes';
import { type Finding, longestWithout, none, recoveredAfter, type Sample } from '../drills/figures';
import { broken, tells } from '../drills/malformed';
import { verdict } from '../drills/report';
import type { Drill, Scenario } from '../drills/scenario';
import { chosen, known } from '../drills/scenarios';

const sample = (due: number, ok: boolean): Sample => ({ kind: 'profile', due, ms: 5, status: ok ? 200 : 503, ok });
const finding = (demand: string, holds: boolean): Finding => ({ demand, measured: '', holds });
const drill = { name: 'a', about: '', run: async () => [] } as Scenario;

it('names the known scenarios where one is unknown', () => {
  expect(() => chosen(['redis-kiled'])).toThrow(
    /^scenario: expected one of all, short, releases, regions, controls, rolling, .*redis-killed.*, got 'redis-kiled'$/,
  );
});

it('knows each name of its help, also of those that no word for several holds', () => {
  const names = [...known().matchAll(/^ {2}([\w-]+) {2}/gm)].map(([, name = '']) => name);
  expect(names).toEqual(
    expect.arrayContaining(['redis-killed', 'release-canary-errors', 'region-lost', 'database-upgraded']),
  );
  expect(chosen(names).map(({ name }) => name)).toEqual(names);
  expect(() => chosen(['none'])).toThrow(`${names.join(', ')}, got 'none'`);
});

it('has recovered when the last failure is over, not the first', () => {
  const samples = [sample(900, false), sample(1100, true), sample(1500, false), sample(1600, true)];
  expect(recoveredAfter(samples, 1000)).toBe(500);
});

it.each([
  ['at the beginning', [40, 50, 60], 40],
  ['between', [0, 50, 60], 50],
  ['to the end', [0, 10, 30], 30],
  ['however they were answered', [0, 50, 20, 60], 30],
  ['when there were none', [], 60],
])('sees how long nobody was served %s', (_, well, ms) => {
  const samples = [...well, 0, 60].map((due, index) => sample(due, index < well.length));
  expect(
    longestWithout(
      samples.filter(({ ok }) => ok),
      samples,
    ),
  ).toBe(ms);
});

it('holds no demand that nothing was measured for', () => {
  expect(none('failed request', 0, 0).holds).toBe(false);
});

it('fails on one missed demand', () => {
  expect(verdict(drill, [finding('a', true), finding('b', false)]).well).toBe(false);
});

it('lets a control run pass only when its own demand is missed', () => {
  const control = { ...drill, misses: 'order lost' } as Scenario;
  expect(verdict(control, [finding('no acknowledged order lost', false)]).well).toBe(true);
  expect(verdict(control, [finding('recovered', false), finding('no acknowledged order lost', true)]).well).toBe(false);
});

it.each([
  'Error: x\n    at Object.<anonymous> (/srv/app.js:1:2)',
  '{"code":"FST_ERR_VALIDATION"}',
  'connect ECONNREFUSED 127.0.1.11:6379',
  'relation "orders" of postgres',
])('sees what an answer tells of the code behind it: %j', (text) => {
  expect(tells({ what: '', status: 400, text })).toBe(true);
});

it('takes a refusal for well, a failure and a silence for ill', () => {
  const statuses = [400, 501, 'closed', 500, 502, 'silence'] as const;
  expect(statuses.map((status) => broken({ what: '', status, text: '' }))).toEqual([
    false,
    false,
    false,
    true,
    true,
    true,
  ]);
});

it('reads in the backend’s own log why requests failed, but for want of processor', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-drills-'));
  let log = '';
  const stream = {
    write(line: string) {
      log += line;
    },
  };
  const app = fastify({ logger: { ...LOG_OPTIONS, stream } });
  errors(app);
  for (const [path, error] of Object.entries({
    '/busy': new Unavailable('the event loop lags'),
    '/redis': unavailable('sessions', new Error('LOADING "dump.rdb"')),
    '/bug': new TypeError('x is not a function'),
  })) {
    app.get(path, () => Promise.reject(error));
    app.get(`${path}/well`, async () => 'well');
  }
  for (const path of ['/busy', '/redis', '/redis/well', '/bug']) await app.inject(path);
  writeFileSync(join(folder, 'backend-1.log'), log);
  const found = causes({ site: { folder }, world: { backends: [{}] } } as unknown as Drill);
  rmSync(folder, { recursive: true });
  expect(found).toEqual([expect.stringContaining('sessions unavailable'), 'x is not a function']);
});
