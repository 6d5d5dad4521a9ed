/** Staging: production's shape in small, without a domain: the site answers on CloudFront's own name. About 375 USD a month. */
import type { Environment } from './environment';

export const staging = {
  name: 'staging',
  preset: 'horizontal',
  region: 'eu-west-1',
  zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
  confirm: false,
  network: { cidr: '10.1.0.0/16', natGateways: 1, interfaceEndpoints: false },
  fleet: {
    instanceClass: 't4g.small',
    min: 2,
    max: 4,
    processes: 2,
    databasePool: 10,
    upAboveCpu: 70,
    upAfterMinutes: 5,
    downBelowCpu: 30,
    downAfterMinutes: 10,
    requestsPer15Minutes: 100,
  },
  services: [{ name: 'pages', paths: ['/reports', '/reports/*'], processes: 1 }], // the sample's, on the backend's servers
  workers: { jobsAtOnce: 10, group: { instanceClass: 't4g.small', min: 1, max: 2, backlog: 500 } },
  balancing: { algorithm: 'least-outstanding', stickySeconds: 0, drainSeconds: 30 },
  database: { instanceClass: 't4g.medium', replicas: 1, multiAz: true, storageGib: 20, backupDays: 7, retain: true },
  sessions: {
    engine: 'valkey',
    nodeClass: 't4g.small',
    replicas: 1,
    durability: 'replicated',
    snapshotDays: 1,
    retain: true,
  },
  frontend: { hosting: 'cdn' },
  edge: {
    directAccess: 'never',
    reach: 'europe-america',
    firewall: { enabled: true, requestsPer5Minutes: 2000 },
  },
  alerts: { emails: { critical: [], warning: [], info: [] }, channels: { slack: '#alerts-staging' } },
  retention: { logDays: 365, accessLogDays: 90 },
  tags: { project: 'holdfast', environment: 'staging' },
  optOuts: { natPerZone: 'Staging may lose its way out with a zone; two gateways less save 75 USD a month.' },
} as const satisfies Environment;
