/** Spans of the backend's process, as a receiver gets them over OTLP, and that a receiver which doesn't answer harms nobody. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Bench, cookieOf, until } from '../support/backend';
import { Receiver, spansIn } from '../support/telemetry';

const bench = new Bench('tracing');
const receiver = new Receiver();
const HOOK = resolve('.holdfast/integration-tracing/hook.cjs');
const REPORT = resolve('.holdfast/integration-tracing/loaded.json');
let traced: number;
let person: { readonly email: string; readonly password: string };

const spans = () => spansIn(receiver.taken);
const json = { 'content-type': 'application/json' };
const login = (headers: Readonly<Record<string, string>> = {}, port = traced) =>
  bench.ask('/api/login', { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(person) }, port);
/** The spans of one trace, once its request's is there. */
async function trace(traceId: string) {
  const of = () => spans().filter((span) => span.traceId === traceId);
  await until(async () => of().some(({ kind }) => kind === 2));
  return of();
}

beforeAll(async () => {
  const address = await receiver.open();
  await bench.start();
  ({ person } = await bench.visitor());
  // tells at its end which files a process has loaded
  writeFileSync(
    HOOK,
    `process.on('exit', () => require('node:fs').writeFileSync(process.env.REPORT, JSON.stringify(Object.keys(require.cache))));`,
  );
  traced = await bench.another({ TRACE_RATE: '1', TRACE_URL: `http://${address}/v1/traces`, ENVIRONMENT: 'staging' });
});
afterAll(async () => {
  await bench.stop();
  receiver.close();
});

describe('a traced request', () => {
  const traceId = 'ab'.repeat(16);

  it('has a span with its route and status, which belongs to the trace of its caller', async () => {
    expect((await login({ traceparent: `00-${traceId}-${'cd'.repeat(8)}-00` })).status).toBe(200);
    const server = (await trace(traceId)).find(({ kind }) => kind === 2);
    expect(server).toMatchObject({ name: 'POST /api/login', parentSpanId: 'cd'.repeat(8) });
    expect(server?.attributes).toMatchObject({ 'http.route': '/api/login', 'http.response.status_code': 200 });
  });

  it('has spans of its statements and commands in it, also after a body was read', async () => {
    const all = await trace(traceId);
    const server = all.find(({ kind }) => kind === 2);
    const within = all.filter(({ parentSpanId }) => parentSpanId === server?.spanId).map(({ name }) => name);
    expect(within).toEqual(expect.arrayContaining(['SELECT', 'SET']));
  });

  it('tells no value: no person, no session, no password', async () => {
    const text = receiver.taken.map((each) => each.text).join('');
    expect(text).toContain('db.query.text');
    const session = cookieOf(await login()).slice('sid='.length, 20);
    for (const value of [person.email, person.password, session]) expect(text).not.toContain(value);
  });

  it("belongs to the balancer's trace where that is all there is", async () => {
    await login({ 'x-amzn-trace-id': 'Self=1-1-1;Root=1-67891233-abcdef012345678912345678' });
    const [server] = (await trace('67891233abcdef012345678912345678')).filter(({ kind }) => kind === 2); // pragma: allowlist secret
    expect(server?.parentSpanId ?? '').toBe('');
  });

  it('says whose it is', () => {
    expect(receiver.taken[0]?.text).toMatch(
      /"service\.name".*holdfast-backend.*"deployment\.environment\.name".*staging/,
    );
  });
});

it('traces no health checks', async () => {
  const before = receiver.taken.length;
  for (const path of ['/livez', '/readyz', '/health', '/metrics']) await bench.ask(path, {}, traced);
  await login({ traceparent: `00-${'ef'.repeat(16)}-${'cd'.repeat(8)}-01` });
  await trace('ef'.repeat(16));
  const names = spansIn(receiver.taken.slice(before)).map(({ name }) => name);
  expect(names.filter((name) => /livez|readyz|health|metrics/.test(name))).toEqual([]);
});

describe.each([
  ['is down', { url: 'http://127.0.0.1:1/v1/traces' }],
  ['answers with 503', { status: 503 }],
  ['never answers', { delayMs: 60_000 }],
] as const)('a receiver that %s', (_, { url, ...fault }: { url?: string; status?: number; delayMs?: number }) => {
  const broken = new Receiver();
  let port: number;
  beforeAll(async () => {
    const address = await broken.open();
    Object.assign(broken, fault);
    port = await bench.another({ TRACE_RATE: '1', TRACE_URL: url ?? `http://${address}/v1/traces` });
  });
  afterAll(() => broken.close());

  it('costs no request', async () => {
    const cookie = cookieOf(await login({}, port));
    const statuses: number[] = [];
    const began = Date.now();
    while (Date.now() - began < 2500) {
      const answers = Array.from({ length: 20 }, () => bench.ask('/api/profile', { headers: { cookie } }, port));
      statuses.push(...(await Promise.all(answers)).map(({ status }) => status));
    }
    expect(statuses).toContain(200);
    expect(statuses.filter((status) => ![200, 503].includes(status))).toEqual([]); // 503 where the machine is busy with something else
    expect((await bench.ask('/readyz', {}, port)).status).toBe(200);
  });
});

it('loads nothing for it where it is off', async () => {
  await bench.stopBackend(await bench.another({ NODE_OPTIONS: `--require ${HOOK}`, REPORT }));
  const loaded: readonly string[] = JSON.parse(readFileSync(REPORT, 'utf8'));
  expect(loaded.filter((path) => path.endsWith('server.js'))).toHaveLength(1);
  expect(loaded.filter((path) => /tracing\.js|error-reports\.js|opentelemetry|sentry/.test(path))).toEqual([]);
});
