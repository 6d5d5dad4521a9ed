/** Production: three zones, nothing single, data that outlives every stack. About 1,450 USD a month before traffic. */
import type { Environment } from './environment';

export const prod = {
  name: 'prod',
  preset: 'horizontal',
  region: 'eu-west-1',
  zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
  recovery: { region: 'eu-central-1' },
  domain: { name: 'www.example.com', zoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' },
  confirm: true,
  network: { cidr: '10.0.0.0/16', natGateways: 3, interfaceEndpoints: true },
  fleet: {
    instanceClass: 'm7g.large',
    min: 2,
    max: 10,
    processes: 2,
    databasePool: 20,
    upAboveCpu: 70,
    upAfterMinutes: 5,
    downBelowCpu: 30,
    downAfterMinutes: 10,
    requestsPer15Minutes: 100,
  },
  balancing: { algorithm: 'least-outstanding', stickySeconds: 0, drainSeconds: 30 },
  database: { instanceClass: 'r7g.large', replicas: 2, multiAz: true, storageGib: 100, backupDays: 14, retain: true },
  sessions: {
    engine: 'valkey',
    nodeClass: 't4g.medium',
    replicas: 2,
    durability: 'replicated',
    snapshotDays: 7,
    retain: true,
  },
  frontend: { hosting: 'cdn' },
  edge: {
    directAccess: 'failover',
    reach: 'everywhere',
    firewall: { enabled: true, requestsPer5Minutes: 2000 },
  },
  alerts: { emails: { critical: [], warning: [], info: [] } },
  retention: { logDays: 365, accessLogDays: 365 },
  tags: { project: 'holdfast', environment: 'prod' },
} as const satisfies Environment;
