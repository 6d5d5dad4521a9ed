/** Memory of both servers over 100,000 requests in ten windows, garbage collected after each. Judges nothing. */
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { client, drive } from './drive';
import { routes } from './routes';
import { type Server, STATE, withServers } from './servers';

const WINDOWS = 10;
const REQUESTS = 10_000;

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

/** Asks the hook in the process (memory-hook.mjs) to collect and tell. */
async function memory({ name, pid }: Server): Promise<Memory> {
  const file = `${STATE}/${name}.memory`;
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (;;) {
    await wait(50);
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      // not written yet
    }
  }
}

const spread = (values: readonly number[]) =>
  (100 * (Math.max(...values) - Math.min(...values))) /
  (2 * (values.reduce((sum, each) => sum + each) / values.length));

export async function memoryTable(): Promise<void> {
  const flags = ['--expose-gc', '--import', './test/bench/backend/memory-hook.mjs'];
  await withServers({ guarded: true, flags }, async (servers) => {
    for (const server of servers) {
      const pool = client(server.port);
      const { 'session read': read, 'cached product': product, order } = await routes(pool);
      const kinds = [read, product, order];
      const seen: Memory[] = [];
      console.log(`\n${server.name.padEnd(10)}${'RSS MB'.padStart(10)}${'heap MB'.padStart(10)}`);
      for (let window = 1; window <= WINDOWS; window++) {
        await drive(
          pool,
          (index) => (kinds[index % kinds.length] ?? read)(),
          (sent) => sent < REQUESTS,
        );
        const { rss, heapUsed } = await memory(server);
        seen.push({ rss, heapUsed });
        const cells = [rss, heapUsed].map((bytes) => (bytes / 1e6).toFixed(1).padStart(10));
        console.log(`${`${window * REQUESTS}`.padEnd(10)}${cells.join('')}`);
      }
      const last = seen.slice(-WINDOWS / 2);
      const [rss, heap] = [last.map((each) => each.rss), last.map((each) => each.heapUsed)];
      console.log(`last five: RSS ± ${spread(rss).toFixed(1)} %, heap ± ${spread(heap).toFixed(1)} %`);
      await pool.close();
    }
  });
}
