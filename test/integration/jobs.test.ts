/** Jobs from a sign-up to their effect: real backend, worker and PostgreSQL; SQS is the emulator's. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../lib/rehearsal/ports';
import { type Running, start, until } from '../../lib/rehearsal/process';
import { startEmulator, startWorker } from '../../lib/rehearsal/servers';
import { postgresSays } from '../../lib/rehearsal/standbys';
import { freeze, kill, thaw } from '../drills/faults';
import { Bench, foundTools, somebody } from '../support/backend';
import { type Jobs, startJobs } from '../support/jobs';
import { end, listen, portOf } from '../support/nginx';

const bench = new Bench('jobs');
const home = '.holdfast/integration-jobs-aws';
let emulator: Running;
let jobs: Jobs;
const workers: Running[] = [];

const says = (sql: string) => postgresSays(bench.database, sql);
const mailsTo = async (email: string) =>
  (await says(`select job from mails join users on users.id = user_id where email = '${email}'`)).length;
const waitingInOutbox = async () => (await says('select id from outbox')).length;

async function worker(env: Readonly<Record<string, string>> = {}) {
  const port = await freePort();
  const logFile = bench.log(`worker-${port}`);
  const own = {
    DATABASE_URL: bench.env.DATABASE_URL ?? '',
    VISIBILITY_SECONDS: '3',
    RETRY_SECONDS: '0',
    WAIT_SECONDS: '1',
  };
  const running = await startWorker({ port, release: 'dist', logFile, env: { ...jobs.env, ...own, ...env } });
  workers.push(running);
  const lines = () =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  return { running, port, lines, log: () => readFileSync(logFile, 'utf8') };
}

const stopWorkers = () => Promise.all(workers.splice(0).map((each) => each.stop()));

/** Somebody who exists, without her welcome. */
async function user(): Promise<{ readonly id: string; readonly email: string }> {
  const { email } = somebody();
  const [{ id } = {}] = await says(`insert into users (email, password_hash) values ('${email}', '-') returning id`);
  return { id: String(id), email };
}
const mailFor = ({ id }: { readonly id: string }, job = randomUUID()) => ({
  id: job,
  kind: 'send-email',
  data: { template: 'welcome', user: id },
  requestId: 'test',
});

beforeAll(async () => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const place = { port, logFile: `${home}/emulator.log`, temporary: resolve(home), account: '000000000000' };
  emulator = await startEmulator(await foundTools(), place);
  jobs = await startJobs(`http://127.0.0.1:${port}`, resolve(home));
  await bench.start(jobs.env);
});
afterEach(async () => {
  await stopWorkers();
});
afterAll(async () => {
  jobs?.sqs.destroy();
  await bench.stop();
  await emulator?.stop();
});

describe('with one worker', () => {
  let usual: Awaited<ReturnType<typeof worker>>;
  beforeAll(async () => {
    usual = await worker();
    workers.pop();
  });
  afterAll(() => usual.running.stop());
  const resultsOf = (job: string) =>
    usual.lines().flatMap(({ job: id, result }) => (id === job && result ? [result as string] : []));

  it('a sign-up leads to one mail, whose lines carry the id of its request and nobody’s address', async () => {
    const person = somebody();
    await bench.post('/api/register', person, { 'x-request-id': 'sign-up-1' });
    const line = () => usual.lines().find(({ reqId, result }) => reqId === 'sign-up-1' && result === 'done');
    await until('the line', async () => line() !== undefined);
    expect(await mailsTo(person.email)).toBe(1);
    expect(usual.lines().find(({ msg }) => msg === 'mail')).toMatchObject({ subject: 'Welcome' });
    expect(usual.log()).not.toContain(person.email);
  });

  it('takes no job while the database takes no writes, is ready all the same, and goes on by itself', async () => {
    const who = await user();
    await bench.sql(['alter system set default_transaction_read_only = on']);
    await wait(2500); // until then a question from before may still bring a job
    await jobs.send(mailFor(who));
    await wait(2500);
    expect(await jobs.counts()).toEqual({ waiting: 1, underWay: 0, dead: 0 });
    expect((await fetch(`http://127.0.0.1:${usual.port}/readyz`)).status).toBe(200);
    await bench.sql(['alter system reset default_transaction_read_only']);
    await until('the mail', async () => (await mailsTo(who.email)) === 1);
  });

  it('a sign-up that is refused leads to none', async () => {
    const person = somebody();
    for (const status of [201, 409]) expect((await bench.post('/api/register', person)).status).toBe(status);
    await until('an empty queue', async () => Object.values(await jobs.counts()).every((count) => count === 0));
    expect([await mailsTo(person.email), await waitingInOutbox()]).toEqual([1, 0]);
  });

  it('a sign-up neither fails nor waits while the queue does not answer, and its mail goes when it does again', async () => {
    freeze(emulator);
    const people = Array.from({ length: 5 }, somebody);
    const begin = performance.now();
    const statuses = await Promise.all(people.map(async (each) => (await bench.post('/api/register', each)).status));
    const took = performance.now() - begin;
    thaw(emulator);
    expect(statuses).toEqual(people.map(() => 201));
    expect(took).toBeLessThan(3000); // less than a request to the queue may take
    for (const { email } of people) await until('the mail', async () => (await mailsTo(email)) === 1, 40_000);
    expect(await waitingInOutbox()).toBe(0);
  });

  it('a sign-up is sent by another process when its own cannot', async () => {
    const alone = await bench.another({ QUEUE_URL: '' });
    const person = somebody();
    const json = { 'content-type': 'application/json' };
    await bench.ask('/api/register', { method: 'POST', headers: json, body: JSON.stringify(person) }, alone);
    await until('the mail', async () => (await mailsTo(person.email)) === 1);
  });

  it('a job whose message comes three times is done once', async () => {
    const person = await user();
    const job = mailFor(person);
    for (let time = 0; time < 3; time++) await jobs.send(job);
    await until('three deliveries', async () => resultsOf(job.id).length === 3);
    expect(resultsOf(job.id).sort()).toEqual(['done', 'repeated', 'repeated']);
    expect(await mailsTo(person.email)).toBe(1);
  });

  it('a message that cannot be done is a dead letter after five tries: no JSON, an unknown kind, a failing job', async () => {
    const bad = [
      'rubbish',
      { ...mailFor({ id: randomUUID() }), kind: 'fly' },
      { ...mailFor({ id: randomUUID() }), kind: 'constructor' },
      { ...mailFor({ id: randomUUID() }), data: { template: 'none' } },
    ];
    for (const each of bad) await jobs.send(each);
    await until('the dead letters', async () => (await jobs.counts()).dead === bad.length);
    const failed = usual.lines().filter(({ result }) => result === 'failed');
    const tries = failed.map((line) => line.tries).sort();
    expect(tries).toEqual([1, 2, 3, 4, 5].flatMap((time) => bad.map(() => time)));
  });
});

/** SES as far as a worker asks it: takes its time. */
async function slowSes(ms: number) {
  const mails: unknown[] = [];
  const server = await listen(async (request, answer) => {
    mails.push(await json(request));
    setTimeout(() => answer.setHeader('content-type', 'application/json').end('{"MessageId":"1"}'), ms).unref();
  });
  return { url: `http://127.0.0.1:${portOf(server)}`, mails: () => mails, stop: () => end(server) };
}

describe('a mail to SES', () => {
  it('has sender, address, words and the id of its job', async () => {
    const person = await user();
    const ses = await slowSes(0);
    const { log } = await worker({ MAIL_FROM: 'us@example.com', AWS_ENDPOINT_URL_SESV2: ses.url });
    const job = mailFor(person);
    await jobs.send(job);
    await until('the mail', async () => (await mailsTo(person.email)) === 1);
    expect(ses.mails()).toMatchObject([
      {
        FromEmailAddress: 'us@example.com',
        Destination: { ToAddresses: [person.email] },
        Content: { Simple: { Subject: { Data: 'Welcome' }, Headers: [{ Name: 'X-Entity-Ref-ID', Value: job.id }] } },
      },
    ]);
    expect(log()).not.toContain(person.email);
    await ses.stop();
  });

  it('that is not accepted is not recorded, and tried again', async () => {
    const person = await user();
    const { lines } = await worker({ MAIL_FROM: 'us@example.com', AWS_ENDPOINT_URL_SESV2: 'http://127.0.0.1:9' });
    await jobs.send(mailFor(person));
    await until('a second try', async () => lines().some(({ tries, result }) => tries === 2 && result === 'failed'));
    expect(await mailsTo(person.email)).toBe(0);
    await stopWorkers();
    await worker();
    await until('the mail', async () => (await mailsTo(person.email)) === 1);
  });
});

describe('a worker', () => {
  it('hides the message of a job that takes longer, so that no other worker gets it', async () => {
    const person = await user();
    const ses = await slowSes(3500);
    const env = { MAIL_FROM: 'us@example.com', AWS_ENDPOINT_URL_SESV2: ses.url, VISIBILITY_SECONDS: '2' };
    await Promise.all([worker(env), worker(env)]);
    await jobs.send(mailFor(person));
    await until('the mail', async () => (await mailsTo(person.email)) === 1);
    expect(ses.mails()).toHaveLength(1);
    await ses.stop();
  });

  it('that is told to leave finishes what it has begun, leaves the rest in the queue, and ends with 0', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, user));
    const ses = await slowSes(1500);
    const { running } = await worker({
      MAIL_FROM: 'us@example.com',
      AWS_ENDPOINT_URL_SESV2: ses.url,
      JOBS_AT_ONCE: '2',
    });
    for (const each of people) await jobs.send(mailFor(each));
    await until('two jobs', async () => ses.mails().length === 2);
    process.kill(running.pid, 'SIGTERM');
    expect(await running.gone).toBe(0);
    const { waiting, underWay } = await jobs.counts();
    const done = (await says('select job from mails')).length;
    expect([ses.mails().length, waiting + underWay]).toEqual([2, 4]);
    await ses.stop();
    await worker();
    await until('the others', async () => (await says('select job from mails')).length === done + 4);
  });

  it('that is killed in the middle of a job leaves it to another', async () => {
    const person = await user();
    const ses = await slowSes(60_000);
    const { running } = await worker({ MAIL_FROM: 'us@example.com', AWS_ENDPOINT_URL_SESV2: ses.url });
    await jobs.send(mailFor(person));
    await until('the job', async () => ses.mails().length === 1);
    await kill(running);
    await ses.stop();
    await worker();
    await until('the mail', async () => (await mailsTo(person.email)) === 1);
  });

  it('says that it lives, is not ready without its queue, and tells its figures', async () => {
    const { port, lines } = await worker();
    const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    expect([(await ask('/livez')).status, (await ask('/readyz')).status]).toEqual([200, 200]);
    expect(await (await ask('/metrics')).text()).toContain('job_duration_seconds');
    expect(lines().find(({ _aws }) => _aws)).toMatchObject({ Environment: 'local', Workers: 1 });
    freeze(emulator);
    await until('unready', async () => (await ask('/readyz')).status === 503, 40_000);
    thaw(emulator);
    expect((await ask('/livez')).status).toBe(200);
  });

  it('names every variable that is missing or malformed, and prints no value', async () => {
    const starting = start({
      name: 'worker',
      command: process.execPath,
      args: ['dist/worker/worker.js'],
      env: { QUEUE_URL: 'secret', JOBS_AT_ONCE: '1000' },
      logFile: bench.log('malformed'),
      ready: async () => false,
    });
    await expect(starting).rejects.toThrow(
      /QUEUE_URL \(expected a queue's https:\/\/…, got something else\); DATABASE_URL \(.*got nothing\); JOBS_AT_ONCE/,
    );
    expect(readFileSync(bench.log('malformed'), 'utf8')).not.toContain('secret');
  });
});
