/** What `npm start` does to processes, ports and folders: with small programs in place of the servers. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { guard } from '../../lib/rehearsal/guard';
import { lock } from '../../lib/rehearsal/lock';
import { freePort, freePorts } from '../../lib/rehearsal/ports';
import { run, type Server, start } from '../../lib/rehearsal/process';
import { choosePort } from '../../lib/rehearsal/start';
import { tools } from '../../lib/rehearsal/tools';

const PATH = process.env.PATH ?? '';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
});
afterEach(async () => {
  await guard.end();
  rmSync(folder, { recursive: true, force: true });
});

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(existsSync('/proc') ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '');
  } catch {
    return false;
  }
};
const until = async (holds: () => boolean) => {
  for (const end = Date.now() + 15_000; !holds(); await wait(50))
    if (Date.now() > end) throw new Error('it did not come within 15 s');
};
const program = (script: string, more: Partial<Server> = {}): Server => ({
  name: 'part',
  command: 'sh',
  args: ['-c', script],
  env: { PATH },
  logFile: join(folder, 'part.log'),
  ready: async () => true,
  ...more,
});
/** Leaves its own pid and its child's in a file, then waits. */
const withChild = () => program(`sleep 300 & echo $! > ${folder}/child; wait`, { ready: async () => childOf() > 0 });
const childOf = () => Number(existsSync(join(folder, 'child')) ? readFileSync(join(folder, 'child'), 'utf8') : 0);

describe('a part', () => {
  it('that is killed takes its children with it, and its end is told', async () => {
    const part = await start(withChild());
    process.kill(part.pid, 'SIGKILL');
    await part.gone;
    await until(() => !alive(childOf()));
  });

  it('that ends before it serves is named with the end of its log', async () => {
    const starting = start(program('echo no such port >&2; exit 3', { ready: async () => false }));
    await expect(starting).rejects.toThrow(
      /^part: expected it to serve within 20 s, got an early end .*\nno such port$/s,
    );
  });

  it('that serves too late is said to have given no answer, and is ended', async () => {
    const starting = start({ ...withChild(), readyWithinMs: 2000, ready: async () => false });
    await expect(starting).rejects.toThrow(/^part: expected it to serve within 2 s, got no answer /);
    await until(() => !alive(childOf()));
  });

  it('that ignores SIGTERM is ended all the same', async () => {
    const part = await start(program('trap "" TERM; sleep 300'));
    await part.stop();
    expect(alive(part.pid)).toBe(false);
  }, 20_000);

  it('is ended while it starts when the whole is told to end', async () => {
    const end = new AbortController();
    const starting = start({ ...withChild(), signal: end.signal, ready: async () => false });
    await until(() => childOf() > 0);
    end.abort(new Error('Ctrl-C'));
    await expect(starting).rejects.toThrow('Ctrl-C');
    await until(() => !alive(childOf()));
  });
});

it('a command that runs to its end is ended, with its children, when the whole is told to end', async () => {
  const end = new AbortController();
  const running = run({ ...withChild(), signal: end.signal });
  await until(() => childOf() > 0);
  end.abort(new Error('Ctrl-C'));
  await expect(running).rejects.toThrow('Ctrl-C');
  await until(() => !alive(childOf()));
});

describe('a second start', () => {
  it('says that one runs, and what that one says of itself', async () => {
    const socket = join(folder, 'lock.sock');
    await lock(socket, () => 'process 7, http://site');
    await expect(lock(socket, () => '')).rejects.toThrow('runs already in this folder: process 7, http://site.');
  });

  it('finds nothing left of one that was killed: no process, no folder, no lock', async () => {
    const owner = spawn(process.execPath, ['--import', 'tsx', 'test/support/owner.ts', folder], { stdio: 'pipe' });
    const [pid] = (await once(owner.stdout, 'data')).map(Number) as [number];
    expect([alive(pid), existsSync(join(folder, 'data'))]).toEqual([true, true]);
    owner.kill('SIGKILL');
    await lock(join(folder, 'lock.sock'), () => 'the next');
    expect([alive(pid), existsSync(join(folder, 'data'))]).toEqual([false, false]);
  });

  it('takes over a lock that nobody holds and nobody removed, as after a power cut', async () => {
    const socket = join(folder, 'lock.sock');
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen('${socket}', () => process.kill(process.pid, 9))`,
    ]);
    expect(existsSync(socket)).toBe(true);
    await lock(socket, () => 'the next', 0);
    await expect(lock(socket, () => '')).rejects.toThrow('the next');
  });
});

describe('the port', () => {
  it('is refused by its number when another program has it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(choosePort(`${port}`)).rejects.toThrow(
      `expected a free port, got ${port}, which another program uses`,
    );
    server.close();
  });

  it('is another one when the default is taken', async () => {
    const server = createServer().listen(4566, '127.0.0.1');
    server.on('error', () => undefined); // then somebody has it already
    await Promise.race([once(server, 'listening'), once(server, 'error')]).catch(() => undefined);
    expect(await choosePort(undefined)).toBeGreaterThan(4566);
    server.close();
  });

  it.each(['0', '65536', 'http', '80.5'])('%s is none', async (wanted) => {
    await expect(choosePort(wanted)).rejects.toThrow(`--port: expected 1 to 65535, got ${wanted}`);
  });

  it('of each server is another', async () => {
    expect(new Set(await freePorts(50)).size).toBe(50);
    expect(await freePort()).toBeGreaterThan(0);
  });
});

describe('the command', () => {
  const started = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { status, stderr } = spawnSync(process.execPath, [resolve('dist/bin/start.js'), ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH, HOME: folder, ...env },
    });
    return { status, said: stderr.trim(), left: readdirSync(folder, { recursive: true, encoding: 'utf8' }) };
  };
  /** A command of that name which prints a line and ends with that exit code. */
  const standIn = (name: string, line: string, code = 0) => {
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${line}'\nexit ${code}\n`);
    chmodSync(join(folder, name), 0o755);
  };

  it.each([
    [['--ports', '1'], /^Unknown option '--ports'; usage: npm start -- \[--env NAME] .*$/],
    [['now'], /^Unexpected argument 'now'.*; usage: npm start .*$/],
    [['--env', 'nowhere'], /^.*dev, staging, prod.*nowhere.*$/],
  ])('refuses %j in one line', (args, line) => {
    expect(started(args)).toEqual({ status: 1, said: expect.stringMatching(line), left: [] });
  });

  it('names Python and how to install it where there is none, and leaves nothing behind', () => {
    const { status, said, left } = started(['--once'], { PATH: folder });
    expect(said).toMatch(
      /^Python: expected 3.10 or newer .*, got no python3 on PATH; .*apt-get install python3 python3-venv/,
    );
    expect(status).toBe(1);
    expect(left.filter((path) => /local|sock/.test(path))).toEqual([]);
  });

  it('names a Python that is too old, or lacks venv', () => {
    standIn('python3.12', '3.12', 1);
    standIn('python3', '3.9');
    expect(started(['--once'], { PATH: folder }).said).toContain(
      'got python3.12 of 3.12 without venv, python3 of 3.9; install it',
    );
  });
});

describe('a server', () => {
  const say = () => undefined;
  afterEach(() => {
    process.env.PATH = PATH;
    delete process.env.HOLDFAST_NGINX;
  });
  const redisOnPath = (version: string) => {
    const path = join(folder, 'redis-server');
    writeFileSync(path, `#!/bin/sh\necho 'Redis server v=${version} sha=00000000:0'\n`);
    chmodSync(path, 0o755);
    process.env.PATH = `${folder}:${PATH}`;
    return path;
  };

  it('on PATH goes before the package where its version fits', async () => {
    const path = redisOnPath('7.2.4');
    expect((await tools({ say })).redis).toBe(path);
  });

  it('on PATH is left alone where its version is too old', async () => {
    const path = redisOnPath('6.0.16');
    expect((await tools({ say })).redis).not.toBe(path);
  });

  it('named by the environment goes before all, and is refused where it does not fit', async () => {
    process.env.HOLDFAST_NGINX = process.execPath;
    await expect(tools({ say })).rejects.toThrow(
      `HOLDFAST_NGINX: expected NGINX of 1.22 or newer, got ${process.execPath}`,
    );
  });
});
