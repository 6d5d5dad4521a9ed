/** Services besides the backend that have servers of their own: each with its place at the balancer, its alarms, and a release of its own. Those on the backend's servers are only told of there. */
import { InstanceType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct, IDependable } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import type { Balancer } from '../../constructs/backend/balancer';
import type { ServerGroupProps } from '../../constructs/backend/server-group';
import { Service } from '../../constructs/backend/service';
import type { Database } from '../../constructs/database/instances';
import type { LiveFleets } from '../../constructs/release/live-fleets';
import type { ReleaseBucket } from '../../constructs/release/release-bucket';
import type { RolledService } from '../../constructs/release/rolled-service';
import type { SessionStore } from '../../constructs/sessions/session-store';
import type { Logs } from '../../constructs/storage/logs';
import { serviceAlerts } from '../alerts/services';
import type { Regions } from '../config/dns';
import type { Environment } from '../config/environment';
import { fleetThresholds } from '../config/thresholds';
import { databaseEnvironment, sessionsEnvironment } from './backend-environment';
import type { BackendSecrets } from './backend-secrets';
import { balancerNames } from './balancer-names';
import { liveOf, ownService, scalingOf, spreadingOf } from './service-settings';

/** Of the balancer's rules: those below 10 are for whoever closes the site. */
const FIRST_PRIORITY = 10;

interface Given extends Pick<ServerGroupProps, 'server' | 'image' | 'notices'> {
  readonly config: Environment;
  /** Where there are two balancers. @default this one alone */
  readonly regions?: Regions;
  readonly vpc: IVpc;
  readonly balancer: Balancer;
  readonly live: LiveFleets;
  readonly releases: ReleaseBucket;
  readonly logGroup: Logs;
  readonly database: Database;
  readonly sessions: SessionStore;
  readonly secrets: BackendSecrets;
  readonly alerting: Alerting;
}

/** 'sign-in' → 'SignIn' */
const idOf = (name: string) => name.replace(/(^|-)([a-z0-9])/g, (_, __, letter) => letter.toUpperCase());

/** Limits for LiveFleets, by name. */
export const ownFleets = ({ services = [] }: Environment) =>
  Object.fromEntries(
    services.flatMap(({ name, fleet }) => (fleet ? [[name, { min: fleet.min, max: fleet.max }]] : [])),
  );

interface Further {
  readonly rolled: RolledService;
  readonly groups: readonly IDependable[];
}

/** In the order of the configuration. */
export function furtherServices(stack: Construct, given: Given): readonly Further[] {
  const { config, regions, live, releases, database, sessions, logGroup, alerting } = given;
  const { origin, ...signing } = given.secrets;
  const data = {
    database: { secret: database.secret, told: databaseEnvironment(config, database) },
    sessions: { secret: sessions.secret, told: sessionsEnvironment(config, sessions) },
    cookie: { secret: signing.cookie, told: { COOKIE_SECRET: signing.cookie.secretArn } },
    token: { secret: signing.token, told: { TOKEN_SECRET: signing.token.secretArn } },
  };
  return (config.services ?? []).flatMap((service, index) => {
    const { name, processes, paths, hosts, fleet, secrets = [] } = service;
    if (!fleet) return [];
    const reads = secrets.map((each) => data[each]);
    const id = idOf(name);
    const made = new Service(stack, id, {
      ...given,
      ...liveOf(live, name),
      environmentName: config.name,
      service: name,
      route: { priority: FIRST_PRIORITY + index, paths, hosts },
      place: index + 2, // behind the backend
      spreading: spreadingOf(config),
      scaling: scalingOf(fleet),
      instanceType: new InstanceType(fleet.instanceClass),
      servesSite: false,
      secrets: [...reads.map(({ secret }) => secret), ...(origin ? [origin] : [])],
      environment: {
        SERVES: 'service',
        PROCESSES: `${processes}`,
        SERVICES: ownService(service),
        RELEASE_BUCKET: releases.bucket.bucketName,
        ...Object.assign({}, ...reads.map(({ told }) => told)),
        ...(origin && {
          ORIGIN_SECRET: origin.secretArn,
          HOSTS: balancerNames(config, regions, [service]).join(' '),
        }),
        LOG_GROUP: logGroup.logGroupName,
      },
    });
    releases.allowFetching(made.fleet.role, name);
    if (secrets.includes('database')) made.connections.allowToDefaultPort(database, 'PostgreSQL');
    if (secrets.includes('sessions')) made.connections.allowToDefaultPort(sessions, 'Sessions');
    const { poolWaiting: _pool, siteCopyFailures: _copy, ...servers } = made.fleet.signals; // the backend's alone
    const alarms = new Alarms(stack, `${id}Alarms`, {
      ...alerting,
      signals: { ...made.targets.traffic, ...made.targets.signals, ...servers },
      alerts: serviceAlerts,
      service: name,
      thresholds: { ...alerting.thresholds, ...fleetThresholds(fleet) },
    });
    return [{ rolled: made.rolled(alarms.named('critical')), groups: Object.values(made.fleet.groups) }];
  });
}
