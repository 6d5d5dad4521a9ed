/** Thresholds that follow from an environment's other values, and those it sets itself. The catalogue's rows have the rest. */
import type { Environment } from './environment';
import { maxConnections } from './instances';

/** By alert name, in the alert's own unit. */
export const thresholdsOf = ({ database, alerts }: Environment): Readonly<Record<string, number>> => ({
  DatabaseConnectionsHigh: Math.floor(0.8 * maxConnections(database.instanceClass)),
  DatabaseStorageLow: database.storageGib * 1024 ** 3 * 0.15,
  ...alerts.thresholds,
});
