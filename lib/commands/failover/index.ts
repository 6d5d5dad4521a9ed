/** `npm run failover`: has the machine in the second region bring the writing there or back, and shows how that goes. Moves nothing itself. */
import { ConfigError } from '../../config/config-error';
import type { Environment } from '../../config/environment';
import { standbyOf } from '../../config/recovery';
import { answerTo, caller } from '../account';
import { leaveGoing } from '../leave-going';
import { progress } from '../progress';
import { machineOf } from './deployed';
import { type FailoverOptions, failoverOptions, HELP, UsageError } from './options';
import { begin, dryRun, type Event, resume, type Task } from './tasks';

function teller(json: boolean) {
  if (json) return { say: (event: Event) => console.log(JSON.stringify(event)), end: () => {} };
  const shown = progress();
  return {
    say: ({ event, text }: Event) => (event === 'plan' ? console.log(text) : shown.step(text)),
    end: shown.end,
  };
}

async function agree({ to, env, agreed }: FailoverOptions, account: string): Promise<void> {
  if (agreed) return;
  const answer = await answerTo(`Have ${to} write for ${env} in account ${account}? Type the region to go on: `);
  if (answer !== to) throw new ConfigError(`Nothing was changed: expected '${to}' as the answer, or --agreed.`);
}

async function failedOver(options: FailoverOptions, config: Environment): Promise<number> {
  const { to, env } = options;
  const standby = standbyOf(config);
  if (!standby)
    throw new UsageError(
      `--env: expected an environment with recovery.mode 'pilot-light' or 'warm-standby', got ${env} without a second region that could write`,
    );
  const regions = [config.region, standby.region];
  if (!regions.includes(to))
    throw new UsageError(`--to: expected ${regions.join(' or ')} (lib/config/${env}.ts), got '${to}'`);
  const { region } = standby; // the first one may be gone, with all that answers there
  const { account, who } = await caller(config);
  const machine = await machineOf(config.name, region);
  const { say, end } = teller(options.json);
  const task: Task = {
    machine,
    options,
    maxLagSeconds: standby.maxLagSeconds,
    who,
    say,
    async agree() {
      await agree(options, account);
      leaveGoing(
        `The failover goes on without this command. See it: npm run failover -- --env ${env} --to ${to} --resume`,
      );
    },
  };
  try {
    return await (options.dryRun ? dryRun : options.resume ? resume : begin)(task);
  } finally {
    end();
  }
}

/** @param find the environment of a name @returns the exit code; throws a ConfigError for what the user can mend */
export async function failover(words: readonly string[], find: (name: string) => Environment): Promise<number> {
  try {
    const options = failoverOptions(words);
    if (options) return await failedOver(options, find(options.env));
    console.log(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}
