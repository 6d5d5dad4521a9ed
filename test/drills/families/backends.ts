/** Drills of the processes themselves: told to go one by one, or killed. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { kill } from '../faults';
import { atMost, failed, none, reasons } from '../figures';
import { type Scenario, underLoad } from '../scenario';
import type { Backend } from '../world';

const LEAVE_MS = 15_000;
const POSTS = new Set(['order', 'login', 'token']);

const rolling: Scenario = {
  name: 'rolling',
  about: 'rolling restart: SIGTERM one by one',
  short: true,
  run: async (drill) => {
    const codes: (number | undefined)[] = [];
    let longest = 0;
    const samples = await underLoad(drill, async (at) => {
      await at(1);
      for (const { part } of drill.world.backends) {
        drill.say(`SIGTERM to ${part.name}`);
        const begin = performance.now();
        const { running } = part;
        process.kill(running.pid, 'SIGTERM');
        const late = setTimeout(() => void kill(running), LEAVE_MS + 1000);
        codes.push(await running.gone);
        clearTimeout(late);
        longest = Math.max(longest, performance.now() - begin);
        await part.start();
      }
      await wait(1000);
    });
    return [
      none('failed request', failed(samples).length, samples.length, reasons(samples)),
      atMost('longest exit', longest, LEAVE_MS),
      { demand: 'every process exits with 0', measured: codes.join(', '), holds: codes.every((code) => code === 0) },
    ];
  },
};

const killed: Scenario = {
  name: 'kill-backend',
  about: 'a backend killed (kill -9) and started again 2 s later',
  short: true,
  run: async (drill) => {
    let inFlight = 0;
    const samples = await underLoad(drill, async (at) => {
      const victim = drill.world.backends[0] as Backend;
      await at(2);
      drill.say('kill -9');
      inFlight = [...drill.visitors.waiting].filter(({ kind }) => POSTS.has(kind)).length;
      await kill(victim.part.running);
      await at(4);
      await victim.part.start();
      await at(7);
    });
    const [posts, gets] = [true, false].map((post) => samples.filter(({ kind }) => POSTS.has(kind) === post));
    const failedPosts = failed(posts ?? []).length;
    return [
      none('failed GET', failed(gets ?? []).length, gets?.length, reasons(gets ?? [])),
      {
        demand: 'failed POSTs ≤ in flight',
        measured: `${failedPosts} of ${posts?.length}, ${inFlight} in flight`,
        holds: failedPosts <= inFlight,
      },
    ];
  },
};

export const BACKENDS: readonly Scenario[] = [rolling, killed];
