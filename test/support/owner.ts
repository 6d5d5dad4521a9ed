/** A process that holds the lock of a folder and runs a part there, for tests that kill it. Ends only when it is told to. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { guard } from '../../lib/rehearsal/guard';
import { lock } from '../../lib/rehearsal/lock';
import { start } from '../../lib/rehearsal/process';

const [folder = ''] = process.argv.slice(2);
const data = join(folder, 'data');

async function own(): Promise<void> {
  await lock(join(folder, 'lock.sock'), () => 'the owner');
  guard.remove(resolve(data));
  mkdirSync(data);
  const part = await start({
    name: 'part',
    command: 'sleep',
    args: ['300'],
    env: { PATH: process.env.PATH ?? '' },
    logFile: join(folder, 'part.log'),
    ready: async () => true,
  });
  console.log(part.pid);
  await part.gone;
}

void own();
