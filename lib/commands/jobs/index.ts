/** `npm run jobs`: what waits, what is dead, and dead letters back into the queue. Does no job. */
import type { Environment } from '../../config/environment';
import { type DeadLetter, deadLetters, replay } from './dead-letters';
import { HELP, type JobsOptions, jobsOptions } from './options';
import { counts, queuesOf } from './queues';

const matches = ({ kind, id }: DeadLetter, options: JobsOptions) =>
  (options.kind === undefined || options.kind === kind) && (options.id === undefined || options.id === id);

const age = (sentAt: number, now = Date.now()) => {
  const minutes = Math.round((now - sentAt) / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};

const line = ({ id, kind, requestId, sentAt }: DeadLetter) =>
  [kind.padEnd(14), id.padEnd(36), age(sentAt).padStart(8), requestId && `request ${requestId}`].join('  ').trimEnd();

/** @param find the environment of a name @returns the exit code; throws a ConfigError for what the user can mend */
export async function jobs(words: readonly string[], find: (name: string) => Environment): Promise<number> {
  const options = jobsOptions(words);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const queues = await queuesOf(find(options.env));
  const letters = await deadLetters(queues, async (found, keep) => {
    const chosen = found.filter((letter) => matches(letter, options));
    if (options.action === 'replay' && !options.dryRun) await replay(queues, chosen);
    else await keep(chosen);
    await keep(found.filter((letter) => !chosen.includes(letter)));
    return chosen;
  });
  const state = await counts(queues);
  if (options.json) {
    const dead = letters.map(({ id, kind, requestId, sentAt }) => ({ id, kind, requestId, sentAt }));
    console.log(JSON.stringify({ ...state, [options.action === 'list' ? 'letters' : 'replayed']: dead }));
    return 0;
  }
  for (const letter of letters) console.log(line(letter));
  const done = options.dryRun ? 'would be sent back' : 'sent back';
  if (options.action === 'replay') console.log(`${letters.length} dead letters ${done}`);
  console.log(`${state.waiting} waiting, ${state.underWay} under way, ${state.dead} dead`);
  return 0;
}
