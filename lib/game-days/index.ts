/** The experiments by name: what each takes away, what is believed to come of it, and by which numbers that is judged. Data; docs/game-days.md tells how they are run. */
import type { Experiment, Fault } from '../../constructs/game-days/experiment';

/** Servers are killed, or lose something, for so long; the loss of a zone lasts twice as long. */
const MINUTES = 5;
/** So briefly all servers lose the way to what they need: with more, critical alarms end the experiment, as they must. */
const CUT_SECONDS = 60;
/** Packages are installed first, before the time of the document begins. */
const INSTALLED = 2;

const command = (
  on: Fault['on'],
  name: string,
  seconds: number,
  parameters: Readonly<Record<string, string>>,
): Fault => ({
  action: 'aws:ssm:send-command',
  on,
  parameters: { duration: `PT${Math.ceil(seconds / 60) + INSTALLED}M` },
  document: { name, parameters: { ...parameters, DurationSeconds: `${seconds}` } },
});

const cutOff = (port: string) =>
  command('allServers', 'AWSFIS-Run-Network-Blackhole-Port', CUT_SECONDS, {
    Protocol: 'tcp',
    Port: port,
    TrafficType: 'egress',
  });

const failOver: Fault = {
  action: 'aws:rds:reboot-db-instances',
  on: 'database',
  parameters: { forceFailover: 'true' },
};
const zoneOfSessions: Fault = {
  action: 'aws:elasticache:replicationgroup-interrupt-az-power',
  on: 'sessions',
  parameters: { duration: `PT${2 * MINUTES}M` },
};

/** Errors and slowness that visitors may see for so many minutes. */
const visitors = (errorMinutes: number, slowMinutes: number) => [
  { alert: 'ErrorRateHigh', minutes: errorMinutes },
  { alert: 'LatencyHigh', minutes: slowMinutes },
];

/** A server that is given up because something it needs is away would make an outage of a hiccup. */
const KEPT = { alert: 'UnhealthyServers', minutes: 0 };

export const EXPERIMENTS = {
  'zone-power': {
    about:
      'A zone without power: its servers stop and none can start, its subnets are cut off, database and sessions fail over.',
    hypothesis:
      'Visitors see errors for at most 3 minutes, nobody is logged out, and the servers that are left carry the load.',
    expects: visitors(3, 3),
    mayRing: ['DatabaseUnreachable', 'SessionsUnreachable'],
    twins: ['kill-backend', 'redis-killed', 'postgres-killed'],
    faults: {
      stopServers: {
        action: 'aws:ec2:stop-instances',
        on: 'serversInZone',
        parameters: { startInstancesAfterDuration: `PT${2 * MINUTES}M`, completeIfInstancesTerminated: 'true' },
      },
      refuseServers: {
        action: 'aws:ec2:asg-insufficient-instance-capacity-error',
        on: 'groups',
        parameters: { availabilityZoneIdentifiers: '{zone}', percentage: '100', duration: `PT${2 * MINUTES}M` },
      },
      cutSubnets: {
        action: 'aws:network:disrupt-connectivity',
        on: 'subnetsInZone',
        parameters: { scope: 'all', duration: 'PT2M' },
      },
      failOverDatabase: failOver,
      interruptSessions: zoneOfSessions,
    },
  },
  'cpu-stress': {
    about: `Half of the backend's servers have no processor to spare for ${MINUTES} minutes.`,
    hypothesis: 'The balancer sends more to the others, so that visitors see no errors and wait for at most 3 minutes.',
    expects: visitors(0, 3),
    mayRing: [],
    twins: ['overload'],
    faults: {
      stress: command('halfOfServers', 'AWSFIS-Run-CPU-Stress', 60 * MINUTES, { LoadPercent: '100' }),
    },
  },
  'server-killed': {
    about: "One of the backend's servers is terminated.",
    hypothesis: 'Its requests in flight fail and no others, and within 15 minutes another server is in its place.',
    expects: [...visitors(1, 1), { alert: 'FleetBelowMinimum', minutes: 15 }],
    mayRing: [],
    twins: ['kill-backend'],
    faults: { terminate: { action: 'aws:ec2:terminate-instances', on: 'oneServer', parameters: {} } },
  },
  'sessions-cut': {
    about: `The backend's servers don't reach the session store for ${CUT_SECONDS} seconds.`,
    hypothesis:
      'What needs a session is refused quickly and nobody is logged out; no server is given up, and all goes on by itself.',
    expects: [...visitors(2, 0), KEPT],
    mayRing: [],
    twins: ['redis-frozen'],
    faults: { cutOff: cutOff('{sessionPort}') },
  },
  'database-cut': {
    about: `The backend's servers don't reach the database for ${CUT_SECONDS} seconds.`,
    hypothesis: 'What needs the database is refused in time; no server is given up, and all goes on by itself.',
    expects: [...visitors(2, 2), KEPT],
    mayRing: [],
    twins: ['postgres-frozen'],
    faults: { cutOff: cutOff('{databasePort}') },
  },
  'database-failover': {
    about: 'The primary of the database is rebooted, and its standby in another zone takes over.',
    hypothesis:
      'Writing is refused for at most 2 minutes, no order that was acknowledged is lost, and no server is given up.',
    expects: [...visitors(2, 2), KEPT],
    mayRing: ['DatabaseUnreachable'],
    twins: ['postgres-killed'],
    faults: { failOver },
  },
  'sessions-zone': {
    about: `The session store's nodes in a zone have no power for ${2 * MINUTES} minutes.`,
    hypothesis: 'A replica takes over within a minute, and nobody is logged out.',
    expects: [...visitors(2, 1), KEPT],
    mayRing: ['SessionsUnreachable'],
    twins: ['redis-killed', 'cluster-killed'],
    faults: { interrupt: zoneOfSessions },
  },
  'network-slow': {
    about: `Whatever half of the backend's servers send within the network takes 100 ms longer, for ${MINUTES} minutes.`,
    hypothesis: 'Their visitors wait longer, for at most 1 s, and see no errors: no time limit is as tight as that.',
    expects: visitors(0, 0),
    mayRing: [],
    twins: ['network-slow'],
    faults: {
      delay: command('halfOfServers', 'AWSFIS-Run-Network-Latency-Sources', 60 * MINUTES, {
        Sources: '{network}',
        DelayMilliseconds: '100',
        JitterMilliseconds: '10',
        TrafficType: 'egress',
      }),
    },
  },
} as const satisfies Readonly<Record<string, Experiment>>;

/** Names what a stack tells of an experiment's template, and a command asks for. */
export const templateOutput = (name: string) =>
  `${name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}TemplateId`;
