/** An environment as it would be with another `recovery.mode`, for who compares what they cost. Nobody deploys it. */
import type { Environment } from './environment';
import { standbyOf } from './recovery';

/** The cheapest first; 'none' is without a second region. */
export const MODES = ['none', 'backup', 'pilot-light', 'warm-standby'] as const;
export type Mode = (typeof MODES)[number];

const stands = (mode: Mode) => mode === 'pilot-light' || mode === 'warm-standby';

/** The mode it has. */
export const modeOf = ({ recovery }: Environment): Mode => (recovery ? (recovery.mode ?? 'backup') : 'none');

/** Those that it says enough for: its own, and what lacks parts of that. 'pilot-light' and 'warm-standby' are made of the same. */
export const modesOf = (environment: Environment): readonly Mode[] =>
  MODES.filter((mode) => (stands(mode) ? standbyOf(environment) : mode === 'none' || environment.recovery));

/** It may break rules that it keeps in its own mode: `checked` tells. */
export function inMode(environment: Environment, mode: Mode): Environment {
  const { recovery, dns } = environment;
  if (!recovery) return environment;
  if (stands(mode)) return { ...environment, recovery: { ...recovery, mode } as Environment['recovery'] };
  const { standby: _, ...copies } = recovery;
  return {
    ...environment,
    preset: 'horizontal',
    recovery: mode === 'none' ? undefined : { ...copies, mode: 'backup' },
    dns: dns && { ...dns, chain: dns.chain.filter(({ kind }) => kind !== 'standby') },
  };
}
