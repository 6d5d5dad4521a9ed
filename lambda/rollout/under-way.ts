/** Whether the servers of a service are being moved, and how that is told to whoever would come between. */
import type { Phase, Rollout, ServiceState } from './state';

/** Whether all requests are on the new release for good. */
export const isOver = (phase: Phase): boolean => phase === 'keep' || phase === 'clear';

/** Nothing where none is under way, or all requests are on the new release and the old servers are only kept. */
export const moving = ({ rollout }: ServiceState): Rollout | undefined =>
  rollout && rollout.phase !== 'keep' ? rollout : undefined;

/** Why nothing else may move them now; nothing when it may. */
export function underWay(environment: string, service: string, state: ServiceState): string | undefined {
  const rollout = moving(state);
  return (
    rollout &&
    `${service}: expected no rollout under way, got that of release ${rollout.release.id} (${rollout.phase}); see its end by: npm run release -- --env ${environment} --watch`
  );
}
