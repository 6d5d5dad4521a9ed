/** What the constructs of a service are given of the configuration, whichever service it is. */
import { Duration } from 'aws-cdk-lib';
import type { Scaling } from '../../constructs/backend/scaling';
import type { Spreading } from '../../constructs/backend/target-pair';
import type { LiveFleets } from '../../constructs/release/live-fleets';
import type { Environment } from '../config/environment';

type Service = NonNullable<Environment['services']>[number];

export const spreadingOf = ({ balancing }: Environment): Spreading => ({
  algorithm: balancing.algorithm,
  sticky: balancing.stickySeconds > 0 ? Duration.seconds(balancing.stickySeconds) : undefined,
  drain: Duration.seconds(balancing.drainSeconds),
  slowStart: balancing.slowStartSeconds === undefined ? undefined : Duration.seconds(balancing.slowStartSeconds),
});

export const scalingOf = (fleet: NonNullable<Service['fleet']>): Scaling => ({
  min: fleet.min,
  max: fleet.max,
  upAboveCpu: fleet.upAboveCpu,
  upAfter: Duration.minutes(fleet.upAfterMinutes),
  downBelowCpu: fleet.downBelowCpu,
  downAfter: Duration.minutes(fleet.downAfterMinutes),
  requestsPerServer: fleet.requestsPerServer,
  schedule: fleet.schedule,
});

/** What the groups of a service are now. */
export function liveOf(live: LiveFleets, service: string) {
  const limits = (colour: 'blue' | 'green') => ({ min: live.min(service, colour), max: live.max(service, colour) });
  return {
    limits: { blue: limits('blue'), green: limits('green') },
    weights: { blue: live.weight(service, 'blue'), green: live.weight(service, 'green') },
  };
}

/** Of a server's own service, as of the backend. */
const FIRST_PORT = 8000;
/** Of services that share the backend's servers, each with room for as many processes as there may be; above the worker's 8100. */
const SHARED_PORT = 8200;
const MOST_PROCESSES = 16;

/** As nginx-files.sh reads it. */
const row = ({ name, processes, secrets = [], paths, hosts = [] }: Service, port: number) =>
  [name, port, processes, secrets.map((each) => each.toUpperCase()).join(), (paths ?? hosts).join()].join(':');

/** `SERVICES` of the backend's servers. */
export const sharedServices = ({ services = [] }: Environment): string =>
  services
    .filter(({ fleet }) => !fleet)
    .map((service, index) => row(service, SHARED_PORT + MOST_PROCESSES * index))
    .join(' ');

/** `SERVICES` of a server of the service's own. */
export const ownService = (service: Service): string => row(service, FIRST_PORT);
