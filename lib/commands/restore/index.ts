/** `npm run restore`: a database restored beside the primary, its name swapped in, or under its name where it is gone, and what is left over named. Changes no template. */
import type { Environment } from '../../config/environment';
import { agree, caller } from '../account';
import { progress } from '../progress';
import { primaryIsGone, restoredInPlace } from './in-place';
import { databaseOf } from './names';
import { HELP, restoreOptions } from './options';
import { refuseFailover } from './refuse-failover';
import { checked, restored, swapped, type Task, tidied } from './tasks';
import { rdsWorld } from './world';

/** @param find the environment of a name @returns the exit code; throws a ConfigError for what the user can mend */
export async function restore(words: readonly string[], find: (name: string) => Environment): Promise<number> {
  const options = restoreOptions(words);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const config = find(options.env);
  const identity = await caller(config);
  const { action, wish, json, dryRun } = options;
  const [database, world] = [databaseOf(config), rdsWorld()];
  const shown = json ? undefined : progress();
  const task: Task = {
    env: options.env,
    database,
    options,
    world,
    say: (text) => (shown ? shown.step(text) : console.log(JSON.stringify({ text }))),
    agree: async (what) => {
      await agree(what, config, identity);
    },
    user: process.env.PGUSER,
    password: process.env.PGPASSWORD,
  };
  try {
    if (action !== 'check' && action !== 'tidy') await refuseFailover(config, identity.account, database, world);
    if (action === 'restore' && wish) await ((await primaryIsGone(task)) ? restoredInPlace : restored)(task, wish);
    if (action === 'check') await checked(task, dryRun);
    if (action === 'swap') await swapped(task);
    if (action === 'tidy') await tidied(task);
    return 0;
  } finally {
    shown?.end();
  }
}
