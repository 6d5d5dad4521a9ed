/** The secure defaults an environment may leave, each by a value and with a written reason that every synthesis prints. */
import type { Environment } from './environment';

interface OptOut {
  /** Whether the environment's values leave the default. */
  readonly taken: (environment: Environment) => boolean;
  /** What it is then without. */
  readonly what: string;
}

export const OPT_OUTS: Readonly<Record<string, OptOut>> = {
  retainedData: { taken: ({ database }) => !database.retain, what: 'data that outlives its stack' },
  multiAzDatabase: { taken: ({ database }) => !database.multiAz, what: 'standby of the database in another zone' },
  sessionReplica: { taken: ({ sessions }) => sessions.replicas === 0, what: 'replica of the session store' },
  natPerZone: {
    taken: ({ network, zones }) => network.natGateways < zones.length,
    what: 'way out that survives the loss of a zone',
  },
  spareServer: {
    taken: ({ fleet, services = [] }) =>
      [fleet, ...services.flatMap((each) => each.fleet ?? [])].some(({ min }) => min < 2),
    what: 'second server',
  },
  yearOfLogs: { taken: ({ retention }) => retention.logDays < 365, what: 'year of logs' },
  blockingFirewall: {
    taken: ({ edge }) => (edge.firewall.counted ?? []).length > 0,
    what: 'firewall whose every rule blocks',
  },
  firewall: { taken: ({ edge }) => !edge.firewall.enabled, what: 'web application firewall' },
};

/** Lines to print: what the environment goes without, and why. */
export const optOutLines = (environment: Environment): readonly string[] =>
  Object.entries(environment.optOuts ?? {}).map(
    ([name, reason]) => `${environment.name} has no ${OPT_OUTS[name]?.what}: ${reason} (optOuts.${name})`,
  );
