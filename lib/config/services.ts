/** Further services of the release beside the backend: which requests are theirs, and which servers they run on. What one has to do: docs/services.md. */
import { z } from 'zod';
import { originName, regionsOf } from './dns';
import type { Environment } from './environment';
import { fleetFaults } from './fleet-rules';
import { type Fault, type Rule, unless } from './rule';
import { fleetSchema } from './servers';
import { domainName, oneOf, text, whole } from './values';

/** CloudFront takes 25 behaviours of a distribution: the site's own and three of the backend's are among them. */
const MOST_PATHS = 21;
/** ACM takes 10 names of a certificate: the site's, `origin.` and `static.` before it are among them, and with two balancers each one's own. */
const mostHosts = (environment: Environment) => (regionsOf(environment) ? 6 : 7);
/** Those of the backend and of the site, by the first part of the path. */
const TAKEN = ['api', 'ws', 'health', 'livez', 'readyz', 'metrics', 'assets'];

const servicesOf = ({ services = [] }: Environment) => services;
type Service = ReturnType<typeof servicesOf>[number];

export const servicesSchema = z
  .array(
    z.strictObject({
      /** Folder in `app/services`. A changed name is a new service: the old one's servers are removed with their open requests. */
      name: text(
        /^(?=.{2,16}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
        'lower case letters, digits and hyphens, 2 to 16 of them',
      ),
      /** Its paths on the site, up to 5; with a star at the end, everything below. Either these or `hosts`. May change at any time. */
      paths: z
        .array(text(/^(\/[A-Za-z0-9][\w.~-]*)+(\/\*)?$/, "a path, or all below one, such as '/reports/*'"))
        .min(1)
        .max(5, { error: 'up to 5, which is what a rule of the balancer takes' })
        .optional(),
      /**
       * Its own host names, up to 5, with all their paths. They lead to the load balancer without CloudFront, which knows services only by
       * paths, so `edge.directAccess` must be 'failover'. A change needs a new certificate: some minutes, without an interruption.
       */
      hosts: z
        .array(domainName())
        .min(1)
        .max(5, { error: 'up to 5, which is what a rule of the balancer takes' })
        .optional(),
      /** Node processes on each server, 1–16. A change replaces the servers, one after the other. */
      processes: whole(1, 16),
      /** The environment's secrets that it gets, as variables of docs/backend.md. On its own servers it can read no others. @default none */
      secrets: z.array(oneOf('database', 'sessions', 'cookie', 'token')).optional(),
      /**
       * Its own servers, with their own releases, scaling and alarms. Without them it runs on the backend's servers, which costs nothing but takes
       * CPU and memory from the backend, and both fail together. A change runs both for some minutes, without an interruption. @default none
       */
      fleet: fleetSchema
        .pick({
          instanceClass: true,
          min: true,
          max: true,
          upAboveCpu: true,
          upAfterMinutes: true,
          downBelowCpu: true,
          downAfterMinutes: true,
          requestsPerServer: true,
          schedule: true,
        })
        .optional(),
    }),
  )
  .max(10, { error: 'up to 10 services' });

/** What a path has before its star; with the slash, so that '/reports/*' and '/reports' are apart, as they are at the balancer. */
const below = (path: string) => (path.endsWith('/*') ? path.slice(0, -1) : undefined);
const covers = (a: string, b: string) => a === b || (below(a) !== undefined && b.startsWith(below(a) ?? ''));

function pathFaults(services: readonly Service[]): readonly Fault[] {
  const all = services.flatMap(({ paths = [] }, index) =>
    paths.map((path, place) => ({ path, at: `services[${index}].paths[${place}]` })),
  );
  return all.flatMap(({ path, at }, index) => {
    const other = all.slice(0, index).find((each) => covers(each.path, path) || covers(path, each.path));
    return [
      ...unless(
        !TAKEN.includes(path.split('/')[1] ?? '') && !/\.\w+$/.test(path),
        at,
        `a path that neither the backend (${TAKEN.map((each) => `/${each}`).join(', ')}) nor a file of the site has`,
        path,
      ),
      ...unless(!other, at, `a path apart from ${other?.at} (${other?.path})`, path),
    ];
  });
}

function hostFaults(services: readonly Service[], environment: Environment): readonly Fault[] {
  const { domain, edge } = environment;
  const all = services.flatMap(({ hosts = [] }, index) =>
    hosts.map((host, place) => ({ host, at: `services[${index}].hosts[${place}]` })),
  );
  return all.flatMap(({ host, at }, index) => {
    if (!domain || edge.directAccess === 'never')
      return unless(
        false,
        at,
        "none without edge.directAccess 'failover', since CloudFront knows services by paths only",
        host,
      );
    const balancers = Object.values(regionsOf(environment) ?? {}).map((region) => originName(domain, region));
    const own = [...['', 'origin.', 'static.'].map((label) => `${label}${domain.name}`), ...balancers];
    return [
      ...unless(
        host.endsWith(`.${domain.zoneName}`) && !own.includes(host),
        at,
        `a name below ${domain.zoneName} other than ${own.join(', ')}`,
        host,
      ),
      ...unless(!all.slice(0, index).some((each) => each.host === host), at, 'a name that comes once', host),
    ];
  });
}

export const SERVICE_RULES: readonly Rule[] = [
  (environment) =>
    servicesOf(environment).flatMap(({ name, paths, hosts, fleet }, index, all) => [
      ...unless(
        !['backend', 'workers'].includes(name) && all.findIndex((each) => each.name === name) === index,
        `services[${index}].name`,
        "a name that comes once, and neither 'backend' nor 'workers'",
        name,
      ),
      ...unless(
        (paths === undefined) !== (hosts === undefined),
        `services[${index}]`,
        'either paths or hosts',
        paths && hosts ? 'both' : 'neither',
      ),
      ...(fleet ? fleetFaults(`services[${index}].fleet`, fleet) : []),
    ]),
  (environment) => pathFaults(servicesOf(environment)),
  (environment) => hostFaults(servicesOf(environment), environment),
  (environment) => {
    const count = (of: (service: Service) => readonly string[] | undefined) =>
      servicesOf(environment).flatMap((each) => of(each) ?? []).length;
    const [paths, hosts] = [count((each) => each.paths), count((each) => each.hosts)];
    const most = mostHosts(environment);
    return [
      ...unless(paths <= MOST_PATHS, 'services', `at most ${MOST_PATHS} paths, CloudFront's behaviours`, paths),
      ...unless(hosts <= most, 'services', `at most ${most} hosts, the names of a certificate`, hosts),
    ];
  },
];

/** Connections that the services open to the primary at most, once. */
export const serviceConnections = (environment: Environment): number =>
  servicesOf(environment)
    .filter(({ secrets }) => secrets?.includes('database'))
    .map(({ fleet, processes }) => (fleet ?? environment.fleet).max * processes * environment.fleet.databasePool)
    .reduce((sum, each) => sum + each, 0);
