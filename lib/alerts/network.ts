/** When somebody hears about the network. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { Network } from '../../constructs/network/network';

export const networkAlerts = {
  NatPortsExhausted: {
    signal: 'natPortErrors',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 5,
    datapoints: 2,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'network-nat',
    summary: 'A NAT gateway has no port left for a connection to one destination: servers reach it no more.',
  },
  NatPacketsDropped: {
    signal: 'natPacketsDropped',
    comparison: 'above',
    threshold: 100,
    unit: 'count',
    forMinutes: 5,
    datapoints: 3,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'network-nat',
    summary: 'A NAT gateway drops packets: what leaves the network is slow or fails.',
  },
} as const satisfies Alerts<Network['signals']>;
