/** Ours and the Express server, each one process in production mode, on one Redis and one PostgreSQL. */
import { readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { freePort } from '../../../lib/rehearsal/ports';
import { startPostgres } from '../../../lib/rehearsal/postgres';
import { answers, type Running, start } from '../../../lib/rehearsal/process';
import { startRedis } from '../../../lib/rehearsal/servers';
import { tools } from '../../../lib/rehearsal/tools';

export const STATE = '.holdfast/bench-backend';
const SECRET = 'b'.repeat(48);
const SCRIPTS = { holdfast: 'dist/backend/server.js', express: 'test/bench/backend/express.mjs' } as const;
type Name = keyof typeof SCRIPTS;

export interface Server {
  readonly name: Name;
  readonly port: number;
  readonly pid: number;
}

export interface Setting {
  /** Rate limit and request log, as in production. */
  readonly guarded: boolean;
  /** Of Node, before the script. @default none */
  readonly flags?: readonly string[];
}

/** Seconds of CPU, user and system, of all threads. In ticks of 10 ms, so measure over seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) / 100;
}

const environment = (redis: number, postgres: number, { guarded }: Setting) => ({
  PATH: process.env.PATH ?? '',
  NODE_ENV: guarded ? 'production' : 'bench',
  RATE_LIMIT: guarded ? '1000000000/900' : 'off',
  LOG_LEVEL: guarded ? 'info' : 'silent',
  MIGRATE: '1',
  TRUST_PROXY: '1',
  SESSION_SECRET: SECRET,
  JWT_SECRET: SECRET,
  REDIS_URL: `redis://127.0.0.1:${redis}`,
  DATABASE_URL: `postgresql://postgres@127.0.0.1:${postgres}/postgres`,
});

/** Starts all, does the work, ends all, and leaves no file. */
export async function withServers(
  setting: Setting,
  work: (servers: readonly Server[]) => Promise<void>,
): Promise<void> {
  rmSync(STATE, { recursive: true, force: true });
  await mkdir(STATE, { recursive: true });
  const found = await tools({ say: (line) => console.error(line) });
  const parts: Running[] = [];
  const add = async (part: Promise<Running>) => {
    parts.push(await part);
    return parts.at(-1)?.pid ?? 0;
  };
  const log = (name: string) => `${STATE}/${name}.log`;
  try {
    const [redis, postgres] = [await freePort(), await freePort()];
    await add(startRedis(found, { port: redis, folder: `${STATE}/redis`, logFile: log('redis') }));
    await add(startPostgres(found, { port: postgres, folder: resolve(STATE, 'postgres'), logFile: log('postgres') }));
    const servers: Server[] = [];
    for (const name of Object.keys(SCRIPTS) as Name[]) {
      const port = await freePort();
      const program = {
        name,
        command: process.execPath,
        args: [...(setting.flags ?? []), SCRIPTS[name]],
        env: { ...environment(redis, postgres, setting), PORT: `${port}`, BENCH_MEMORY: `${STATE}/${name}.memory` },
        logFile: log(name),
        ready: () => answers(`http://127.0.0.1:${port}/readyz`),
      };
      servers.push({ name, port, pid: await add(start(program)) });
    }
    await work(servers);
  } finally {
    for (const part of parts.reverse()) await part.stop();
    rmSync(STATE, { recursive: true, force: true });
  }
}
