/** A server's processes behind the deployed NGINX, restarted by its own scripts under load. Only systemctl is a stand-in: it restarts real processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startNginx } from '../../lib/rehearsal/servers';
import { type Answer, Client, openLoop, type Request, visitor } from '../drills/client';
import { foundTools } from './backend';
import { end, listen, portOf } from './nginx';
import { written } from './services';

/** Few, so that a busy machine doesn't have the backend refuse some as too many. */
const PER_SECOND = 40;
export interface Ran {
  readonly code: number;
  readonly said: string;
}

export interface Served {
  readonly url: string;
  readonly pids: () => readonly number[];
  readonly reload: (...args: readonly string[]) => Promise<Ran>;
  /** Another script of the server's, with variables of its own. */
  readonly run: (script: string, args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ran>;
  readonly stop: () => Promise<void>;
}

interface What {
  /** Where NGINX and its log go; is emptied. */
  readonly folder: string;
  readonly name: string;
  readonly ports: readonly number[];
  readonly begin: (port: number) => Promise<Running>;
  /** Whether it comes back after a restart. */
  readonly comesBack?: boolean;
}

export async function serve({ folder, name, ports, begin, comesBack = true }: What): Promise<Served> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'release/site'), { recursive: true });
  const processes = new Map(await Promise.all(ports.map(async (port) => [port, await begin(port)] as const)));
  const restarting: Promise<unknown>[] = [];
  const systemd = await listen(async ({ url = '' }, answer) => {
    const port = Number(/(\d+)$/.exec(url)?.[1]);
    await processes.get(port)?.stop();
    if (comesBack) restarting.push(begin(port).then((running) => processes.set(port, running))); // as systemd: started, not yet ready
    answer.end();
  });
  writeFileSync(join(folder, 'systemctl'), `#!/bin/bash\nexec curl -fsS "http://127.0.0.1:${portOf(systemd)}/$2"\n`);
  chmodSync(join(folder, 'systemctl'), 0o755);
  const port = await freePort();
  const service = name === 'backend' ? {} : written(`${name}:${ports[0]}:${ports.length}::/reports,/reports/*`).nginx;
  const nginx = await startNginx(await foundTools(), {
    port,
    folder: join(folder, 'nginx'),
    logFile: join(folder, 'nginx.log'),
    backendPorts: ports,
    release: join(folder, 'release'),
    files: { 'origin.conf': 'default balancer;\n', ...service },
  });
  const run: Served['run'] = async (script, args, env = {}) => {
    const running = spawn('bash', [join(folder, 'nginx/server', script), ...args], {
      env: { PATH: `${folder}:${process.env.PATH}`, WITHIN_SECONDS: comesBack ? '30' : '2', ...env },
    });
    let said = '';
    for (const stream of [running.stdout, running.stderr])
      stream.on('data', (text) => {
        said += text;
      });
    const [code] = await once(running, 'close');
    await Promise.all(restarting.splice(0)); // the script asks whether they live, `begin` whether they are ready
    return { code, said };
  };
  return {
    url: `http://127.0.0.1:${port}`,
    pids: () => [...processes.values()].map(({ pid }) => pid),
    run,
    reload: (...args) => run('reload.sh', args),
    stop: async () => {
      await nginx.stop();
      await end(systemd);
      await Promise.all([...processes.values()].map((each) => each.stop()));
    },
  };
}

/** The answers that were given while it was done, a second before and after included. */
export async function underLoad(
  url: string,
  request: (number: number) => Omit<Request, 'from'>,
  done: () => Promise<void>,
) {
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
