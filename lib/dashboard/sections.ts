/** What an environment's dashboard shows, in order: what users notice first, then each part of the system. An alert's signal that no row names is drawn at the end. */
import type { ExpiringCertificate } from '../../constructs/alerting/certificate';
import type { AlertRouter } from '../../constructs/alerting/router';
import type { Balancer } from '../../constructs/backend/balancer';
import type { Fleet } from '../../constructs/backend/fleet';
import type { TargetPair } from '../../constructs/backend/target-pair';
import type { Deployments } from '../../constructs/dashboard/deployments';
import type { Section } from '../../constructs/dashboard/section';
import type { Postgres } from '../../constructs/database/postgres';
import type { PostgresStandby } from '../../constructs/database/standby';
import type { PublicNames } from '../../constructs/dns/public-names';
import type { RegionGuard } from '../../constructs/dns/region-guard';
import type { Site } from '../../constructs/edge/site';
import type { JobQueue } from '../../constructs/jobs/job-queue';
import type { JobReports } from '../../constructs/jobs/job-reports';
import type { PostgresProbe } from '../../constructs/probes/postgres-probe';
import type { RedisProbe } from '../../constructs/probes/redis-probe';
import type { UptimeProbe } from '../../constructs/probes/uptime-probe';
import type { SessionStore } from '../../constructs/sessions/session-store';
import type { businessSignals } from './business';

type SignalsOf =
  | AlertRouter['signals']
  | Balancer['signals']
  | Deployments['signals']
  | ExpiringCertificate['signals']
  | Fleet['signals']
  | Postgres['signals']
  | PostgresStandby['signals']
  | JobQueue['signals']
  | JobReports['signals']
  | PostgresProbe['signals']
  | PublicNames['signals']
  | RedisProbe['signals']
  | RegionGuard['signals']
  | TargetPair['signals']
  | SessionStore['signals']
  | Site['signals']
  | UptimeProbe['signals']
  | ReturnType<typeof businessSignals>;
/** What a deployment may have caused shows beside it. */
const DEPLOYMENTS = { deployments: 'deployments' } as const;

type Name<S> = S extends unknown ? keyof S & string : never;

export const SECTIONS: readonly Section<Name<SignalsOf>>[] = [
  {
    title: 'What users notice',
    about: 'Traffic, errors, latency, saturation.',
    perRow: 2,
    graphs: [
      {
        title: 'Traffic: requests a minute',
        signals: { requests: 'to the servers', edgeRequests: 'to CloudFront' },
        beside: DEPLOYMENTS,
      },
      {
        title: 'Errors: share of requests',
        signals: { errorRate: 'servers', edgeErrorRate: 'CloudFront' },
        beside: DEPLOYMENTS,
      },
      {
        title: 'Latency of the servers',
        signals: { latencyP50: 'p50', latencyP95: 'p95', latencyP99: 'p99' },
        beside: DEPLOYMENTS,
      },
      {
        title: 'Saturation: processors',
        signals: { fleetCpu: 'servers', databaseCpu: 'database', sessionCpu: 'sessions' },
        max: 100,
        beside: DEPLOYMENTS,
      },
    ],
  },
  {
    title: 'Business',
    about: 'As the backend counts it. An hour a point.',
    graphs: [
      { title: 'Active users today', signals: { activeUsers: 'users' } },
      { title: 'Sign-ups', signals: { signUps: 'sign-ups' } },
      { title: 'Orders', signals: { orders: 'orders' } },
      { title: 'Revenue, in the currency of the prices', signals: { revenue: 'revenue' } },
      {
        title: "Retention: last week's users who had come in the week before",
        signals: { weekRetention: 'came back' },
        max: 100,
      },
    ],
  },
  {
    title: 'Balancer and servers',
    about: 'What answers /api.',
    graphs: [
      { title: 'Healthy servers', signals: { healthyServers: 'healthy' } },
      { title: 'Unhealthy servers', signals: { unhealthyServers: 'unhealthy' } },
      { title: 'Connections refused', signals: { rejectedConnections: 'refused' } },
      { title: 'Memory of the fullest server', signals: { fleetMemory: 'memory' }, max: 100 },
      { title: 'Disk of the fullest server', signals: { fleetDisk: 'disk' }, max: 100 },
      { title: 'Waiting for the disk', signals: { fleetIowait: 'iowait' }, max: 100 },
    ],
  },
  {
    title: 'Database',
    about: 'The primary, and how far its replicas are behind.',
    graphs: [
      { title: 'Connections to the database', signals: { databaseConnections: 'connections' } },
      { title: 'Free storage', signals: { databaseFreeStorage: 'free' } },
      { title: 'Lag of the replicas', signals: { replicaLag: 'replica', standbyLag: 'second region' } },
      { title: 'Reads answered from memory', signals: { databaseCacheHit: 'cache hits' }, max: 100 },
      { title: 'Size', signals: { databaseSize: 'size' } },
      { title: 'Slow statements', signals: { databaseSlowStatements: 'slow' } },
      { title: 'Age of the oldest transaction', signals: { databaseOldestTransaction: 'oldest' } },
      { title: 'Deadlocks', signals: { databaseDeadlocks: 'deadlocks' } },
    ],
  },
  {
    title: 'Sessions',
    about: 'Each node of the store.',
    graphs: [
      { title: 'Memory of the nodes', signals: { sessionMemory: 'node' }, max: 100 },
      { title: 'Reads that find a session', signals: { sessionHitRate: 'node' }, max: 100 },
      { title: 'Sessions evicted', signals: { sessionEvictions: 'node' } },
      { title: 'Connections to the store', signals: { sessionConnections: 'node' } },
      { title: 'Lag of the replicas', signals: { sessionLag: 'node' } },
      { title: 'Lag of the replicas, by size', signals: { sessionLagBytes: 'bytes behind' } },
      { title: 'Replicas', signals: { sessionReplicas: 'replicas' } },
      { title: 'Slow commands', signals: { sessionSlowCommands: 'slow' } },
    ],
  },
  {
    title: 'Names and certificates',
    about: 'Health checks from around the world: 1 is healthy. Days until a certificate ends.',
    graphs: [
      {
        title: 'Health of the tiers',
        signals: {
          siteHealth: 'site',
          originHealth: 'balancer',
          cdnHealth: 'other CDN',
          standbyHealth: 'second balancer',
          regionHealth: 'other region',
          fenceLowered: 'first region writes',
        },
        max: 1,
      },
      {
        title: 'Days left',
        signals: { certificateDaysLeft: 'certificate', shownCertificateDays: 'as visitors see it' },
      },
    ],
  },
  {
    title: 'Jobs',
    about: 'From the database, where a request leaves them, through the queue to the workers.',
    graphs: [
      { title: 'Age of the oldest job', signals: { queueAge: 'in the queue', outboxAge: 'in the database' } },
      { title: 'Jobs that wait', signals: { queueDepth: 'waiting' } },
      { title: 'Dead letters', signals: { deadLetters: 'dead letters' } },
      { title: 'Workers', signals: { workers: 'workers' } },
    ],
  },
  {
    title: 'The way of alerts',
    about: 'The router that tells people: it reports its own failures by mail.',
    graphs: [
      { title: 'Runs of the router', signals: { routerRuns: 'runs' } },
      { title: 'Failures of the router', signals: { routerErrors: 'failures' } },
      { title: 'Alerts that wait for it', signals: { routerDelay: 'oldest' } },
      { title: 'Not told', signals: { routerDeadLetters: 'not taken in', channelFailures: 'by a channel' } },
    ],
  },
  {
    title: 'Probes',
    about: 'What our own probes find: 1 is an answer as it should be. A probe that stops alarms too.',
    graphs: [
      { title: 'The site, from another region', signals: { siteAnswers: 'answers' }, max: 1 },
      { title: 'The database', signals: { databaseAnswers: 'answers' }, max: 1 },
      { title: 'The session store', signals: { sessionAnswers: 'answers' }, max: 1 },
      {
        title: 'Runs a minute',
        signals: { uptimeProbeRuns: 'site', databaseProbeRuns: 'database', sessionProbeRuns: 'sessions' },
      },
    ],
  },
];
