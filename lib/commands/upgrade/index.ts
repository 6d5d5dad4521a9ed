/** `npm run upgrade`: checks, begins, watches and switches an upgrade of the database or the session store. Changes no template: what changes there is said. */
import { ConfigError } from '../../config/config-error';
import type { Environment } from '../../config/environment';
import { agree, caller } from '../account';
import { drive } from '../drive';
import { leaveGoing } from '../leave-going';
import { progress } from '../progress';
import { databaseOf } from '../restore/names';
import { refuseFailover } from '../restore/refuse-failover';
import { rdsWorld } from '../restore/world';
import { upgradeWorld } from './database';
import { decideCancel, decideStart, decideSwitch, type UpgradeAction, type UpgradeDecision } from './decide';
import { HELP, type UpgradeOptions, upgradeOptions } from './options';
import { decideStore, storeWorld } from './sessions';

interface Talk {
  say(text: string): void;
  agree(what: string): Promise<void>;
  /** Between two looks, milliseconds. */
  readonly lookMs: number;
}

export const words = (action: UpgradeAction): string => {
  switch (action.kind) {
    case 'logical':
      return `${action.group} gets rds.logical_replication, for which replicas and primary are restarted, one after the other`;
    case 'restart':
      return `${action.id} is restarted`;
    case 'group':
      return `${action.name} is made, with the parameters there are`;
    case 'copy':
      return `a copy of PostgreSQL ${action.version} is made, which follows`;
    case 'switch':
      return 'the copy takes the names, for which writes pause';
    case 'unprotect':
      return `${action.id} loses its protection from deletion`;
    case 'cancel':
      return action.withCopy ? 'the copy goes' : 'RDS forgets the deployment; the old instances stay as NAME-old1';
  }
};

const ENDS = (env: string, to: string) =>
  ({
    'is that version': `the database is PostgreSQL ${to}`,
    copied: `the copy follows; look at it, then: npm run upgrade -- --env ${env} database --to ${to} --switch`,
    switched: `the database is PostgreSQL ${to}. Now set ENGINE in constructs/database/instances.ts to it; npm run diff -- --env ${env} must replace nothing but the parameter group; deploy. Then --cancel, which keeps the old instances, and npm run restore -- --env ${env} --tidy`,
    none: 'there is no copy',
  }) as const;

async function upgradeDatabase(
  config: Environment,
  options: UpgradeOptions,
  { say, agree: asked, lookMs }: Talk,
): Promise<void> {
  const { env, to, action, force, dryRun } = options;
  const world = upgradeWorld(config.name, databaseOf(config));
  let switching = false;
  const look = async (): Promise<UpgradeDecision> => {
    const seen = await world.look(to);
    if (action === 'cancel') return decideCancel(seen);
    return action === 'switch' ? decideSwitch(seen, to, force, switching) : decideStart(seen, to);
  };
  const first = await look();
  if (first.kind === 'refused') throw new ConfigError(first.reason);
  if (dryRun) {
    say(
      first.kind === 'act'
        ? `would begin: ${first.actions.map(words).join('; ')}`
        : first.kind === 'wait'
          ? first.what
          : ENDS(env, to)[first.how],
    );
    return;
  }
  if (first.kind !== 'done')
    await asked(
      { start: 'Upgrade the database of', switch: 'Switch the database of', cancel: 'Cancel the upgrade of' }[action],
    );
  const act = async (doing: UpgradeAction) => {
    switching ||= doing.kind === 'switch';
    await world.act(doing);
  };
  const { how } = await drive({ look, act, say, words, lookMs });
  say(ENDS(env, to)[how]);
}

async function upgradeSessions(
  config: Environment,
  { to, dryRun }: UpgradeOptions,
  { say, agree: asked, lookMs }: Talk,
): Promise<void> {
  const world = await storeWorld(config);
  const look = async () => decideStore(await world.look(), to);
  const describe = ({ group }: { readonly group: string }) =>
    `${group} gets ${to}, node by node: a primary that leaves hands over, and writes pause for seconds`;
  const first = await look();
  if (first.kind === 'refused') throw new ConfigError(first.reason);
  if (dryRun) {
    say(first.kind === 'act' ? `would begin: ${first.actions.map(describe).join('; ')}` : 'nothing to do');
    return;
  }
  if (first.kind !== 'done') await asked('Upgrade the session store of');
  await drive({ look, act: world.act, say, words: describe, lookMs });
  say(`the session store is ${to}; set it in constructs/sessions/engines.ts, so that a deployment asks for no other`);
}

/**
 * @param find the environment of a name
 * @param lookMs between two looks, milliseconds
 * @returns the exit code; throws a ConfigError for what the user can mend
 */
export async function upgrade(
  given: readonly string[],
  find: (name: string) => Environment,
  lookMs = 10_000,
): Promise<number> {
  const options = upgradeOptions(given);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const config = find(options.env);
  const identity = await caller(config);
  const shown = options.json ? undefined : progress();
  const talk: Talk = {
    say: (text) => (shown ? shown.step(text) : console.log(JSON.stringify({ text }))),
    agree: (what) => agree(what, config, identity),
    lookMs,
  };
  const removeListener = leaveGoing(
    `AWS goes on with what it was last asked for, and nothing more is asked of it. Go on: npm run upgrade -- ${given.join(' ')}`,
  );
  try {
    await refuseFailover(config, identity.account, databaseOf(config), rdsWorld());
    await (options.what === 'database' ? upgradeDatabase : upgradeSessions)(config, options, talk);
    return 0;
  } finally {
    removeListener();
    shown?.end();
  }
}
