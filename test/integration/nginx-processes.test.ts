/** The deployed nginx.conf before processes that die, hang or are gone, each a real one. Not the backend's own drain. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Answer, end, type Front, listen, portOf, startFront } from '../support/nginx';

/** Answers with its pid after 5 ms. */
const SCRIPT = `
const server = require('node:http').createServer((_, answer) => setTimeout(() => answer.end(String(process.pid)), 5));
server.listen(Number(process.argv[1]), '127.0.0.1', () => process.stdout.write(String(server.address().port)));
`;

interface Process {
  readonly child: ChildProcess;
  readonly port: number;
}

async function begin(port = 0): Promise<Process> {
  const child = spawn(process.execPath, ['-e', SCRIPT, `${port}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [text] = await once(child.stdout, 'data');
  return { child, port: Number(text) };
}

async function kill({ child }: Process): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const ok = ({ status }: Answer) => status === 200;

describe('of two processes', () => {
  let processes: Process[];
  let front: Front;

  beforeEach(async () => {
    processes = [await begin(), await begin()];
    front = await startFront(
      'nginx-processes',
      processes.map(({ port }) => port),
    );
  }, 120_000);
  afterEach(async () => {
    await front.stop();
    await Promise.all(processes.map(kill));
  });

  /** Twenty at a time, `count` in all; `midway` happens after a third of them. */
  async function load(count: number, method: string, midway: () => unknown): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    let begun = 0;
    const lane = async () => {
      while (begun++ < count) {
        if (begun === Math.floor(count / 3)) midway();
        answers.push(await front.ask('/api/x', { method }));
      }
    };
    await Promise.all(Array.from({ length: 20 }, lane));
    return answers;
  }

  it('one killed under load costs no GET', async () => {
    const answers = await load(1500, 'GET', () => processes[0]?.child.kill('SIGKILL'));
    expect(answers.filter((answer) => !ok(answer))).toEqual([]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(2);
  });

  it('one killed under load costs no POST but those it was busy with', async () => {
    const answers = await load(1500, 'POST', () => processes[0]?.child.kill('SIGKILL'));
    expect(answers.filter((answer) => !ok(answer)).length).toBeLessThanOrEqual(20);
  });

  it('one that is gone is hardly asked, and found again when it is back', async () => {
    const [first] = processes as [Process, Process];
    await kill(first);
    const without = await load(500, 'POST', () => undefined);
    expect(without.filter((answer) => !ok(answer))).toEqual([]);
    const refused = front.logged().filter(({ upstream }) => String(upstream).includes(`:${first.port},`));
    expect(refused.length).toBeLessThan(50);
    processes[0] = await begin(first.port);
    const pid = `${processes[0].child.pid}`;
    let answer: Answer;
    do answer = await front.ask('/api/x');
    while (answer.body !== pid); // for ever, if it is not found
    expect(answer.status).toBe(200);
  });

  it('one that hangs keeps only the few requests that it had: others go around it', async () => {
    const [first] = processes as [Process, Process];
    first.child.kill('SIGSTOP');
    const hanging: Promise<Answer>[] = [];
    for (let asked = 0; asked < 60; asked++) {
      const answer = front.ask('/api/x');
      const late = new Promise<undefined>((done) => setTimeout(done, 400, undefined));
      if ((await Promise.race([answer, late])) === undefined) hanging.push(answer);
    }
    first.child.kill('SIGCONT');
    expect((await Promise.all(hanging)).every(ok)).toBe(true);
    expect(hanging.length).toBeLessThan(6); // without least_conn: half of them
  });

  it('both gone are a 502 in JSON with a time to wait, and served at once when one is back', async () => {
    await Promise.all(processes.map(kill));
    for (const path of ['/api/x', '/health', '/ws', '/livez']) {
      const { status, headers, body } = await front.ask(path);
      expect([status, headers['retry-after'], headers['content-type'], body]).toEqual([
        502,
        '2',
        'application/json',
        '{"error":"Temporarily unavailable."}\n',
      ]);
    }
    expect((await front.ask('/')).status).toBe(200); // the page needs no process
    processes[1] = await begin(processes[1]?.port);
    expect((await front.ask('/api/x')).status).toBe(200);
  });
});

it('keeps its connections to a process: fewer than one in ten requests opens one', async () => {
  let connections = 0;
  const backend = await listen((_, answer) => answer.end('ok'));
  backend.on('connection', () => connections++);
  const front = await startFront('nginx-reuse', [portOf(backend)]);
  const answers: Answer[] = [];
  for (let asked = 0; asked < 100; asked++) answers.push(await front.ask('/api/x', { method: 'POST', body: 'x' }));
  await front.stop();
  await end(backend);
  expect(answers.every(ok)).toBe(true);
  expect(connections).toBeLessThan(10);
});

it.each([
  ['GET', true],
  ['PUT', true],
  ['DELETE', true],
  ['POST', false],
  ['PATCH', false],
])('asks again what a process broke off only when that may be done twice: %s %s', async (method, again) => {
  let asked = 0;
  const breaking = () =>
    listen(({ url, socket }, answer) => (url === '/livez' ? answer.end() : ++asked && socket.destroy()));
  const backends = [await breaking(), await breaking()];
  const front = await startFront('nginx-retries', backends.map(portOf));
  const { status } = await front.ask('/api/x', { method, body: 'x' });
  await front.stop();
  await Promise.all(backends.map(end));
  expect([status, asked > 1]).toEqual([502, again]);
});
