/** Development: everything there is, once and small, and gone without a trace when its stacks are. About 185 USD a month. */
import type { Environment } from './environment';

export const dev = {
  name: 'dev',
  preset: 'horizontal',
  region: 'eu-west-1',
  zones: ['eu-west-1a', 'eu-west-1b'],
  confirm: false,
  network: { cidr: '10.2.0.0/16', natGateways: 1, interfaceEndpoints: false },
  fleet: {
    instanceClass: 't4g.small',
    min: 1,
    max: 2,
    processes: 2,
    databasePool: 8,
    upAboveCpu: 70,
    upAfterMinutes: 5,
    downBelowCpu: 30,
    downAfterMinutes: 10,
    requestsPer15Minutes: 100,
  },
  services: [{ name: 'pages', paths: ['/reports', '/reports/*'], processes: 1 }], // the sample's, on the backend's servers
  workers: { jobsAtOnce: 5 },
  balancing: { algorithm: 'least-outstanding', stickySeconds: 0, drainSeconds: 10 },
  database: { instanceClass: 't4g.micro', replicas: 1, multiAz: false, storageGib: 20, backupDays: 7, retain: false },
  sessions: {
    engine: 'valkey',
    nodeClass: 't4g.micro',
    replicas: 1,
    durability: 'replicated',
    snapshotDays: 0,
    retain: false,
  },
  frontend: { hosting: 'cdn' },
  edge: {
    directAccess: 'never',
    reach: 'europe-america',
    firewall: { enabled: true, requestsPer5Minutes: 2000 },
  },
  alerts: { emails: { critical: [], warning: [], info: [] }, channels: { slack: '#alerts-dev' } },
  retention: { logDays: 365, accessLogDays: 7 },
  tags: { project: 'holdfast', environment: 'dev' },
  optOuts: {
    retainedData: 'Development data is made by tests and seeds and can be made again.',
    multiAzDatabase: 'An hour without the development database harms nobody.',
    natPerZone: 'Development may lose its way out with a zone.',
    spareServer: 'One server is enough to develop against.',
  },
} as const satisfies Environment;
