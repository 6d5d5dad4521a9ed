/** An environment as it would be with another `recovery.mode`, to compare what each costs. Nobody deploys it. */
import type { Environment } from './environment';
import { hasStandby, standbyOf } from './recovery';

/** The cheapest first; 'none' is without a second region. */
export const MODES = ['none', 'backup', 'pilot-light', 'warm-standby'] as const;
export type Mode = (typeof MODES)[number];

/** The mode it has. */
export const modeOf = ({ recovery }: Environment): Mode => (recovery ? (recovery.mode ?? 'backup') : 'none');

/** The modes that its settings suffice for. 'pilot-light' and 'warm-standby' need the same. */
export const modesOf = (environment: Environment): readonly Mode[] =>
  MODES.filter((mode) => (mode === 'none' ? true : hasStandby(mode) ? standbyOf(environment) : environment.recovery));

/** It watches from the second region, which isn't there. */
function withoutRegion({ region: _, ...others }: NonNullable<NonNullable<Environment['probes']>['uptime']>) {
  return others;
}

/** It may break rules that it keeps in its own mode: `checked` tells. */
export function inMode(environment: Environment, mode: Mode): Environment {
  const { recovery, dns, probes } = environment;
  if (!recovery || mode === modeOf(environment)) return environment;
  if (mode !== 'none' && hasStandby(mode))
    return { ...environment, recovery: { ...recovery, mode } as Environment['recovery'] };
  const { standby: _, ...copies } = recovery;
  return {
    ...environment,
    preset: 'horizontal',
    recovery: mode === 'none' ? undefined : { ...copies, mode: 'backup' },
    probes: mode === 'none' && probes?.uptime ? { ...probes, uptime: withoutRegion(probes.uptime) } : probes,
    dns: dns && { ...dns, chain: dns.chain.filter(({ kind }) => kind !== 'standby') },
  };
}
