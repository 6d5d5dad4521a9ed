/** `npm run drill` that somebody ends with Ctrl-C while it brings a whole local system up. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { until } from '../../lib/rehearsal/process';

/** Command lines of processes that have the drill's folder in them. */
const running = () =>
  spawnSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line.includes(resolve('.holdfast/drills/regions')));

let child: ChildProcess;
afterEach(() => child.kill('SIGKILL')); // its guard sees to the rest

it('ends at once with code 130, and no process of it is left', async () => {
  child = spawn(process.execPath, ['--import', 'tsx', 'test/drills/index.ts', 'region-lost'], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await until('its servers', async () => running().length > 0, 90_000);
  child.kill('SIGINT');
  const begin = Date.now();
  const [code] = await ended;
  expect([code, running()]).toEqual([130, []]);
  expect(Date.now() - begin).toBeLessThan(15_000);
}, 150_000);
