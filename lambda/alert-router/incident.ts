/** What is known of one alarm or event, and how a message changes it: in whatever order messages come, and however often. Pure. */
import type { ChannelName, Severity } from './environment';

export interface Observation {
  /** Account, region and name: the same for every message about the same thing. */
  readonly key: string;
  /** When it became so, in ms since 1970: the sender's time, not that of the message. */
  readonly at: number;
  /** 'notice' happened and has no end. 'acknowledged' is somebody's word, and changes nothing else. */
  readonly state: 'firing' | 'ok' | 'notice' | 'acknowledged';
  readonly severity: Severity;
  readonly title: string;
  /** What is true, for whoever is woken. */
  readonly summary: string;
  /** Why it is thought so: figures. */
  readonly reason: string;
  readonly region: string;
  /** Path in the repository. */
  readonly runbook?: string;
  readonly link?: string;
}

/** What a channel was told of an incident. */
export interface Told {
  /** Begin of the firing that was told: another one is another message. */
  readonly since: number;
  readonly state: 'firing' | 'ok' | 'notice';
  readonly severity: Severity;
  readonly acknowledged: boolean;
  /** The message at the channel, where it can be changed. */
  readonly ref?: string;
}

export interface Incident extends Observation {
  readonly state: 'firing' | 'ok' | 'notice';
  /** Begin of the first firing of a series that is one incident; 0 when it never fired. */
  readonly since: number;
  /** Begins of the last firings, oldest first. */
  readonly firings: readonly number[];
  readonly acknowledged: boolean;
}

export type Tolds = Readonly<Partial<Record<ChannelName, Told>>>;
export interface Known {
  readonly incident: Incident;
  readonly told: Tolds;
}

const MINUTE = 60_000;
/** What fires again so soon is still the same incident. */
const REOPEN_MS = 15 * MINUTE;
/** So many firings within the time are one that flaps: it is called over only when it has been calm. */
const FLAPS = 3;
const FLAP_MS = 30 * MINUTE;
const CALM_MS = 10 * MINUTE;

function fired(known: Incident | undefined, seen: Observation): Incident {
  const again = known && known.state === 'ok' && known.since > 0 && seen.at - known.at < REOPEN_MS;
  const standing = known?.state === 'firing';
  const since = known && (standing || again) ? known.since : seen.at;
  const firings = standing ? known.firings : [...(known?.firings ?? []), seen.at].slice(-FLAPS);
  return { ...seen, state: 'firing', since, firings, acknowledged: standing && known.acknowledged };
}

/** A firing that is heard of only after its end; nobody may have been told. */
function firedBefore(known: Incident, seen: Observation): Incident | undefined {
  if (known.state !== 'ok' || seen.state !== 'firing' || known.since >= seen.at) return undefined;
  return { ...known, since: seen.at, firings: [...known.firings, seen.at].slice(-FLAPS) };
}

/** The incident after a message; nothing when that changes nothing: a duplicate, or one that others overtook. */
export function observe(known: Incident | undefined, seen: Observation): Incident | undefined {
  if (seen.state === 'acknowledged')
    return known?.state === 'firing' && !known.acknowledged ? { ...known, acknowledged: true } : undefined;
  if (known && seen.at < known.at) return firedBefore(known, seen);
  if (known && seen.at === known.at && seen.state === known.state) return undefined;
  if (seen.state === 'firing') return fired(known, seen);
  if (seen.state === 'notice') return { ...seen, state: 'notice', since: seen.at, firings: [], acknowledged: false };
  const { since = 0, firings = [] } = known ?? {};
  return { ...seen, state: 'ok', since, firings, acknowledged: false };
}

export interface Standing {
  readonly state: Incident['state'];
  /** When to look again, since it changes by time alone. */
  readonly until?: number;
  readonly flapping: boolean;
}

/** What is to be told of it now: one that flaps stands until it has been calm for 10 minutes. */
export function standing({ state, at, firings }: Incident, now: number): Standing {
  const flapping = firings.length === FLAPS && (firings[0] ?? 0) > at - FLAP_MS;
  const until = at + CALM_MS;
  return flapping && state === 'ok' && now < until ? { state: 'firing', until, flapping } : { state, flapping };
}
