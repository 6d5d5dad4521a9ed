/** The whole catalogue by alert name: what configuration may override, and what has a runbook. */
import type { Row } from '../../constructs/alerting/alert';
import { backupAlerts, dumpAlerts } from './backups';
import { balancerAlerts } from './balancer';
import { certificateAlerts } from './certificate';
import { databaseAlerts } from './database';
import { dnsAlerts } from './dns';
import { edgeAlerts } from './edge';
import { firewallAlerts } from './firewall';
import { fleetAlerts } from './fleet';
import { functionAlerts } from './functions';
import { jobAlerts } from './jobs';
import { networkAlerts } from './network';
import { databaseProbeAlerts, sessionProbeAlerts, uptimeAlerts } from './probes';
import { processAlerts } from './process';
import { queueAlerts } from './queue';
import { rotationAlerts } from './rotation';
import { routerAlerts } from './router';
import { sessionAlerts } from './sessions';
import { standbyAlerts } from './standby';

export const ALERTS = {
  ...backupAlerts,
  ...balancerAlerts,
  ...certificateAlerts,
  ...databaseAlerts,
  ...databaseProbeAlerts,
  ...dnsAlerts,
  ...dumpAlerts,
  ...edgeAlerts,
  ...firewallAlerts,
  ...fleetAlerts,
  ...functionAlerts,
  ...networkAlerts,
  ...rotationAlerts,
  ...routerAlerts,
  ...jobAlerts,
  ...queueAlerts,
  ...processAlerts,
  ...sessionAlerts,
  ...sessionProbeAlerts,
  ...standbyAlerts,
  ...uptimeAlerts,
};

export type { Row };
export const rowOf = (name: string): Row | undefined => (ALERTS as Readonly<Record<string, Row>>)[name];
