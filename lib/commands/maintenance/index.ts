/** `npm run maintenance -- on|off`: closes and opens an environment to visitors, at the edge and at the balancer of each region, and tells that it did. Stops no server. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DEPLOYMENT_SOURCE } from '../../../lambda/alert-router/parse/event-kinds';
import { DEFAULT_ENVIRONMENT } from '../../config';
import { ConfigError } from '../../config/config-error';
import { EDGE_REGION } from '../../config/edge-region';
import type { Environment } from '../../config/environment';
import { agree, caller } from '../account';
import { parsedWithWords } from '../arguments';
import { outputsOf, PATIENCE } from '../outputs';
import { type Place, placesOf } from '../regions';
import { switchBalancer } from './balancer';
import { switchEdge } from './edge';

const USAGE = 'npm run maintenance -- on|off [--env NAME] [--json]';
const HELP = `${USAGE}
  on          visitors get 503 with Retry-After and a page, at the edge and at the balancer; health checks and servers go on
  off         visitors get the site again
  --env NAME  the environment (default ${DEFAULT_ENVIRONMENT})
  --json      one line: {environment, maintenance, edge, balancer, silent, seconds}; edge and balancer say whether they changed
              (balancer: in any region), silent names the regions that didn't answer
Calling it again changes nothing. See docs/releases.md`;

/** Info alerts where the environment has them; they mute nothing. */
async function tell({ name }: Environment, region: string, on: boolean, who: string): Promise<void> {
  const entry = {
    Source: DEPLOYMENT_SOURCE,
    DetailType: on ? 'Maintenance Started' : 'Maintenance Ended',
    Detail: JSON.stringify({ environment: name, what: `${on ? 'Closed for maintenance' : 'Open again'} by ${who}.` }),
  };
  await new EventBridgeClient({ region, ...PATIENCE }).send(new PutEventsCommand({ Entries: [entry] }));
}

/** @returns whether anything changed */
async function switchRegion({ name }: Environment, { region, suffix }: Place, on: boolean): Promise<boolean> {
  const keys = ['LoadBalancerDnsName', 'MaintenanceTargetGroupArn', 'MaintenanceFunctionArn'] as const;
  const outputs = await outputsOf(`Holdfast-${name}-Backend${suffix}`, region, keys);
  const {
    LoadBalancerDnsName: dnsName,
    MaintenanceTargetGroupArn: targetGroup,
    MaintenanceFunctionArn: page,
  } = outputs;
  return switchBalancer({ region, dnsName, targetGroup, page }, on);
}

/** One region's silence doesn't keep the other one open: it is told, with its mend. Throws where none answers. */
async function switchBalancers(config: Environment, on: boolean) {
  const results = await Promise.all(
    placesOf(config).map((place) =>
      switchRegion(config, place, on).then(
        (changed) => ({ region: place.region, changed, error: undefined }),
        (error: Error) => ({ region: place.region, changed: false, error }),
      ),
    ),
  );
  const silent = results.filter(({ error }) => error);
  const [answering] = results.filter(({ error }) => !error);
  if (!answering) throw results[0]?.error;
  for (const { region, error } of silent)
    console.error(
      `warning: ${region}: expected its balancer to be ${on ? 'closed' : 'open'}, got ${error?.message}; call this again when it answers`,
    );
  return {
    changed: results.some(({ changed }) => changed),
    answering: answering.region,
    silent: silent.map(({ region }) => region),
  };
}

/** @param find the environment of a name @returns the exit code; throws a ConfigError for what the user can mend */
export async function maintenance(words: readonly string[], find: (name: string) => Environment): Promise<number> {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parsedWithWords(words, { env: string, json: flag, help: flag }, USAGE);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [wish] = positionals;
  if ((wish !== 'on' && wish !== 'off') || positionals.length > 1)
    throw new ConfigError(`expected on or off, got ${positionals.join(' ') || 'nothing'}; usage: ${USAGE}`);
  const config = find(values.env ?? DEFAULT_ENVIRONMENT);
  const identity = await caller(config);
  const on = wish === 'on';
  await agree(on ? 'Close' : 'Open', config, identity);
  const begin = performance.now();
  const { SiteUrl } = await outputsOf(`Holdfast-${config.name}-Edge`, EDGE_REGION, ['SiteUrl']);
  const [edge, { changed: balancer, answering, silent }] = await Promise.all([
    switchEdge(config.name, on),
    switchBalancers(config, on),
  ]);
  if (edge || balancer) await tell(config, answering, on, identity.who);
  const seconds = Number(((performance.now() - begin) / 1000).toFixed(1));
  const result = { environment: config.name, maintenance: wish, edge, balancer, silent, seconds };
  const changed =
    edge || balancer ? `${on ? 'closed' : 'open'} after ${seconds} s` : `was ${on ? 'closed' : 'open'} already`;
  console.log(
    values.json ? JSON.stringify(result) : `${config.name} ${changed}; the edge follows within seconds: ${SiteUrl}`,
  );
  return 0;
}
