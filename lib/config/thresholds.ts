/** Thresholds that follow from an environment's other values, and those it sets itself. The catalogue's rows have the rest. */
import type { Environment } from './environment';
import { maxConnections, memoryBytes } from './instances';
import { standbyEnvironment, standbyOf } from './recovery';

/** Of what a class or disk has. */
const NEAR_FULL = 0.85;
const MOST_CONNECTIONS = 0.8;
const MOST_SIZE = 0.8;
/** As `constructs/database/postgres.ts` lets it. */
const STORAGE_GROWTH = 3;
const GIBIBYTE = 1024 ** 3;

/** What is good enough: percent of requests that must be answered, and in time. */
const SLO = { availability: 99.9, latency: 99, latencyMs: 500 };

export const sloOf = ({ alerts }: Pick<Environment, 'alerts'>) => ({ ...SLO, ...alerts.slo });

/** Of the servers of one service. */
export const fleetThresholds = ({
  min,
  max,
  schedule = [],
}: Pick<Environment['fleet'], 'min' | 'max' | 'schedule'>) => ({
  FleetBelowMinimum: Math.min(min, ...schedule.map((each) => each.min)),
  FleetAtMaximum: max - 1,
});

/** By alert name, in the alert's own unit. */
export function thresholdsOf(config: Environment): Readonly<Record<string, number>> {
  const { fleet, database, sessions, alerts } = config;
  const standby = standbyOf(config);
  const { availability, latency } = sloOf(config);
  return {
    AvailabilityBurnsFast: availability,
    AvailabilityBurnsSlowly: availability,
    LatencyBurnsFast: latency,
    LatencyBurnsSlowly: latency,
    ...fleetThresholds(fleet),
    DatabaseConnectionsHigh: Math.floor(MOST_CONNECTIONS * maxConnections(database.instanceClass)),
    DatabaseStorageLow: Math.round((1 - NEAR_FULL) * database.storageGib * GIBIBYTE),
    // storage grows up to three times what it begins with
    DatabaseSizeHigh: MOST_SIZE * STORAGE_GROWTH * database.storageGib * GIBIBYTE,
    ...(standby && { StandbyLagHigh: standby.maxLagSeconds }),
    SessionReplicasMissing: sessions.replicas,
    DatabaseMemoryLow: Math.round((1 - NEAR_FULL) * memoryBytes(database.instanceClass)),
    ...alerts.thresholds,
  };
}

/** Of the second region, where fewer servers wait, or none: then those hold that it has after a failover. */
export function standbyThresholds(config: Environment): Readonly<Record<string, number>> {
  const standby = standbyOf(config);
  const { fleet } = standby?.mode === 'warm-standby' ? standbyEnvironment(config, standby) : config;
  return { ...thresholdsOf(config), ...fleetThresholds(fleet), ...config.alerts.thresholds };
}
