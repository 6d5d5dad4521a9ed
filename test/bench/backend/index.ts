/** `npm run bench:backend [-- --memory]`: the backend beside an Express server that does the same work, in turn on the same Redis and PostgreSQL. Judges nothing. */
import { cpus } from 'node:os';
import { run } from '../../../lib/commands/run';
import { ConfigError } from '../../../lib/config/check';
import { client, type Driven, drive } from './drive';
import { memoryTable } from './memory';
import { type Route, routes } from './routes';
import { cpuSeconds, type Server, withServers } from './servers';

const ROUNDS = 5;
const WARM_MS = 2000;
const SLOT_MS = 3000;

interface Slot extends Driven {
  readonly cpuMicros: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function slot(server: Server, run: () => Promise<Driven>): Promise<Slot> {
  const before = cpuSeconds(server.pid);
  const driven = await run();
  return { ...driven, cpuMicros: ((cpuSeconds(server.pid) - before) * 1e6) / driven.requests };
}

/** Ours and Express in turn, so that what else the machine does strikes both. */
async function pairs(servers: readonly Server[]): Promise<ReadonlyMap<Route, readonly (readonly Slot[])[]>> {
  const found = new Map<Route, Slot[][]>();
  const users = await Promise.all(
    servers.map(async (server) => {
      const pool = client(server.port);
      return { server, pool, requests: await routes(pool) };
    }),
  );
  for (const route of Object.keys(users[0]?.requests ?? {}) as Route[]) {
    const run = (user: (typeof users)[number], most: number) =>
      drive(user.pool, user.requests[route], (_, ms) => ms < most);
    for (const user of users) await run(user, WARM_MS);
    const rounds: Slot[][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const pair: Slot[] = [];
      for (const user of users) pair.push(await slot(user.server, () => run(user, SLOT_MS)));
      rounds.push(pair);
    }
    found.set(route, rounds);
    console.error(`${route} measured`);
  }
  for (const { pool } of users) await pool.close();
  return found;
}

const FIGURES = {
  'CPU µs': ({ cpuMicros }) => cpuMicros,
  'requests/s': ({ requests, seconds }) => requests / seconds,
  'p99 ms': ({ p99Ms }) => p99Ms,
} satisfies Record<string, (slot: Slot) => number>;

function report(title: string, found: ReadonlyMap<Route, readonly (readonly Slot[])[]>): void {
  console.log(`\n${title}: ${ROUNDS} pairs, medians\n${''.padEnd(32)}holdfast   express     ratio`);
  for (const [route, rounds] of found) {
    for (const [figure, of] of Object.entries(FIGURES)) {
      const both = rounds.map((pair) => pair.map(of));
      const [ours = 0, theirs = 0] = [0, 1].map((side) => median(both.map((pair) => pair[side] ?? 0)));
      const ratio = median(both.map(([a = 0, b = 0]) => a / b));
      const cells = [ours.toFixed(1), theirs.toFixed(1), ratio.toFixed(2)].map((cell) => cell.padStart(10));
      console.log(`${route.padEnd(18)}${figure.padEnd(12)}${cells.join('')}`);
    }
  }
}

run(async () => {
  if (process.platform !== 'linux')
    throw new ConfigError(
      `bench:backend: expected Linux, whose /proc tells the CPU of a process, got ${process.platform}`,
    );
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
  if (process.argv.includes('--memory')) {
    await memoryTable();
    return 0;
  }
  for (const guarded of [true, false]) {
    const title = guarded ? 'as in production' : 'without limiter and log';
    await withServers({ guarded }, async (servers) => report(title, await pairs(servers)));
  }
  return 0;
});
