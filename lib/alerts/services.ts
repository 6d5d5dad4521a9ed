/** When somebody hears about a service with servers of its own: rows of the balancer and the fleet, held against its own signals. No names of their own: the service's stands in what they say. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { Fleet } from '../../constructs/backend/fleet';
import type { TargetPair } from '../../constructs/backend/target-pair';
import { balancerAlerts } from './balancer';
import { fleetAlerts } from './fleet';

const { LatencyHigh, ErrorRateHigh, ErrorRateCritical, UnhealthyServers, NoHealthyServer } = balancerAlerts;
const { PoolExhausted: _pool, SiteCopyFails: _copy, ...servers } = fleetAlerts; // the backend's alone

export const serviceAlerts = {
  LatencyHigh,
  ErrorRateHigh,
  ErrorRateCritical,
  UnhealthyServers,
  NoHealthyServer: { ...NoHealthyServer, summary: 'No server is healthy: none of its requests is answered.' },
  ...servers,
} as const satisfies Alerts<
  TargetPair['traffic'] & TargetPair['signals'] & Omit<Fleet['signals'], 'poolWaiting' | 'siteCopyFailures'>
>;
