/** When somebody hears about the servers. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { Fleet } from '../../constructs/backend/fleet';

export const fleetAlerts = {
  FleetCpuHigh: {
    signal: 'fleetCpu',
    comparison: 'above',
    threshold: 80,
    unit: 'percent',
    forMinutes: 10,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'fleet-cpu',
    summary: 'The servers have been above 80 % CPU for 10 minutes, in spite of scaling.',
  },
  FleetMemoryHigh: {
    signal: 'fleetMemory',
    comparison: 'above',
    threshold: 85,
    unit: 'percent',
    forMinutes: 5,
    severity: 'warning',
    missingData: 'missing',
    runbook: 'fleet-memory',
    summary: 'A server uses more than 85 % of its memory, or no agent reports.',
  },
  FleetDiskHigh: {
    signal: 'fleetDisk',
    comparison: 'above',
    threshold: 85,
    unit: 'percent',
    forMinutes: 5,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'fleet-disk',
    summary: 'The disk of a server is more than 85 % full.',
  },
  FleetIowaitHigh: {
    signal: 'fleetIowait',
    comparison: 'above',
    threshold: 20,
    unit: 'percent',
    forMinutes: 10,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'fleet-iowait',
    summary: 'A server waits for its disk more than 20 % of the time.',
  },
} as const satisfies Alerts<Fleet['signals']>;
