/** `npm run release`: stores what was built, has the machine move the servers to it, shows how that goes, and publishes the site. Moves no server itself. */
import type { Environment } from '../../config/environment';
import { servicesOf } from '../../config/releases';
import { agree, caller } from '../account';
import { leaveGoing } from '../leave-going';
import { progress } from '../progress';
import { HELP, known, type ReleaseOptions, releaseOptions, UsageError } from './options';
import { built, originOf } from './origin';
import { deployed } from './plan';
import type { Event } from './progress';
import { regionsOf } from './regions';
import { sitePublisher } from './site';
import type { Task } from './task';
import { forward, lookAtLast, resume, rollback } from './tasks';
import { catchUp } from './waiting';

const TASKS = { release: forward, rollback, resume, watch: lookAtLast } as const satisfies Record<
  ReleaseOptions['action'],
  (task: Task) => Promise<number>
>;
const VERBS = { release: 'Release to', rollback: 'Roll back', resume: 'Go on with the rollout of' } as const;

/** Events, to people or as JSON. */
function teller(json: boolean) {
  if (json) return { say: (event: Event) => console.log(JSON.stringify(event)), end: () => {} };
  const shown = progress();
  return {
    say({ event, text }: Event) {
      if (event === 'warning') console.error(text);
      else shown.step(text);
    },
    end: shown.end,
  };
}

const GOES_ON = ({ env }: ReleaseOptions) =>
  `The rollout goes on without this command, and the site isn't published at its end. See it, and publish the site: npm run release -- --env ${env} --watch; end it: npm run release -- --env ${env} --rollback`;

async function released(options: ReleaseOptions, config: Environment): Promise<number> {
  const services = servicesOf(config);
  const named = options.service === undefined ? undefined : [known('--service', options.service, services)];
  const identity = await caller(config);
  const { fleets, waiting, region } = await regionsOf(config);
  if (options.region !== undefined) known('--region', options.region, waiting ? [waiting.region] : []);
  const chosen = named ?? deployed(services, await fleets.states());
  if (options.action !== 'watch') await agree(VERBS[options.action], config, identity);
  const { say, end } = teller(options.json);
  if (waiting && region !== config.region)
    say({
      event: 'warning',
      region,
      text: `${region} is in use since a failover: it gets the release first, ${waiting.region} after it`,
    });
  leaveGoing(GOES_ON(options));
  try {
    return await (options.region === undefined ? TASKS[options.action] : catchUp)({
      config,
      fleets,
      waiting,
      services: chosen,
      options,
      who: identity.who,
      say,
      publishSite: sitePublisher(config),
      built: () => {
        const found = built();
        return { built: found, origin: originOf(found, identity.who) };
      },
    });
  } finally {
    end();
  }
}

/** @param find the environment of a name @returns the exit code; throws a ConfigError for what the user can mend */
export async function release(words: readonly string[], find: (name: string) => Environment): Promise<number> {
  try {
    const options = releaseOptions(words);
    if (options) return await released(options, find(options.env));
    console.log(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}
