/** The whole catalogue by alert name: what configuration may override, and what has a runbook. */
import { balancerAlerts } from './balancer';
import { certificateAlerts } from './certificate';
import { databaseAlerts } from './database';
import { dnsAlerts } from './dns';
import { edgeAlerts } from './edge';
import { fleetAlerts } from './fleet';
import { jobAlerts } from './jobs';
import { databaseProbeAlerts, sessionProbeAlerts, uptimeAlerts } from './probes';
import { processAlerts } from './process';
import { queueAlerts } from './queue';
import { routerAlerts } from './router';
import { sessionAlerts } from './sessions';

export const ALERTS = {
  ...balancerAlerts,
  ...certificateAlerts,
  ...databaseAlerts,
  ...databaseProbeAlerts,
  ...dnsAlerts,
  ...edgeAlerts,
  ...fleetAlerts,
  ...routerAlerts,
  ...jobAlerts,
  ...queueAlerts,
  ...processAlerts,
  ...sessionAlerts,
  ...sessionProbeAlerts,
  ...uptimeAlerts,
};
