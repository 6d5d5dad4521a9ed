/** Compares what each channel was told with what stands, and says what to send: one by one, or in a storm as a group. Pure. */
import type { ChannelName, Severity } from './environment';
import { type Incident, type Known, type Standing, standing, type Told } from './incident';
import { nextAt, refilled, type Tokens } from './tokens';

/** A channel's own item in the state. */
export interface Health {
  readonly tokens?: Tokens;
  /** Failures in a row. */
  readonly failures: number;
  /** Not to be asked before, in ms since 1970. */
  readonly retryAt?: number;
  /** Why it can't be told. */
  readonly error?: string;
}

export interface Member {
  readonly incident: Incident;
  readonly standing: Standing;
  readonly told?: Told;
}

export interface Send {
  /** 'new' is a message more; 'change' alters the one at `ref`. */
  readonly kind: 'new' | 'change';
  /** Worst and oldest first. With `ref`: all that the message is about. */
  readonly members: readonly Member[];
  /** Those of them that it tells something new. */
  readonly changed: readonly Member[];
  readonly ref?: string;
}

export interface Plan {
  readonly sends: readonly Send[];
  readonly tokens: Tokens;
  /** When to look again. */
  readonly wakeAt?: number;
}

/** So many go one by one. */
const ONE_BY_ONE = 3;
const RANK: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };
/** Who is told in place of a route that is out, in this order; an SMS is for what is critical only. */
const STAND_INS: readonly ChannelName[] = ['slack', 'email', 'pagerDuty'];
/** Messages that can be changed afterwards. The others get another message. */
const CHANGEABLE: ReadonlySet<ChannelName> = new Set(['slack', 'pagerDuty']);

export const keyOfChannel = (channel: ChannelName) => `router/${channel}`;

/** Who hears of an incident: its route, and a stand-in where all of that is out. */
export function routeOf(
  { key, severity }: Incident,
  routes: Readonly<Record<Severity, readonly ChannelName[]>>,
  configured: readonly ChannelName[],
  isOut: (channel: ChannelName) => boolean,
): readonly ChannelName[] {
  const route = routes[severity].filter((channel) => keyOfChannel(channel) !== key);
  if (route.some((channel) => !isOut(channel))) return route;
  if (severity === 'info') return route; // nobody is woken for it by another way
  const standIn = STAND_INS.find(
    (each) => configured.includes(each) && !isOut(each) && keyOfChannel(each) !== key && !route.includes(each),
  );
  return standIn ? [...route, standIn] : route;
}

type Difference = 'none' | 'new' | 'change';

function difference(channel: ChannelName, { incident, standing: now, told }: Member): Difference {
  if (told?.since !== incident.since) {
    if (incident.since === 0) return 'none'; // it never fired
    const over = now.state === 'ok';
    return over && channel === 'pagerDuty' ? 'none' : 'new'; // nobody is paged for what is over
  }
  const changed = told.state !== now.state || (now.state === 'firing' && told.severity !== incident.severity);
  const acknowledged = incident.acknowledged && !told.acknowledged && now.state === 'firing';
  if (!CHANGEABLE.has(channel)) return changed ? 'new' : 'none';
  return changed || acknowledged ? 'change' : 'none';
}

const worstFirst = (a: Member, b: Member) =>
  RANK[a.incident.severity] - RANK[b.incident.severity] || a.incident.since - b.incident.since;

/** One send for each message that has something to change. */
function changes(changed: readonly Member[], all: readonly Member[]): readonly Send[] {
  const refs = [...new Set(changed.map(({ told }) => told?.ref ?? ''))];
  return refs.map((ref) => ({
    kind: 'change' as const,
    ref,
    changed: changed.filter(({ told }) => told?.ref === ref),
    members: all.filter(({ incident, told }) => told?.ref === ref && told.since === incident.since).sort(worstFirst),
  }));
}

/** @param routed the incidents that this channel hears of, with what it was told */
export function plan(channel: ChannelName, routed: readonly Known[], health: Health, now: number): Plan {
  const members = routed.map(({ incident, told }) => ({
    incident,
    standing: standing(incident, now),
    told: told[channel],
  }));
  const tokens = refilled(channel, health.tokens, now);
  const differs = (wanted: Difference) => members.filter((member) => difference(channel, member) === wanted);
  const calm = members.flatMap(({ standing: { until }, told }) => (until && told ? [until] : []));
  const wake = (...more: readonly number[]) => {
    const at = [...calm, ...more];
    return at.length > 0 ? { wakeAt: Math.min(...at) } : {};
  };
  const news = differs('new').sort(worstFirst);
  const altered = changes(differs('change'), members);
  if (news.length + altered.length === 0) return { sends: [], tokens, ...wake() };
  if (health.retryAt && health.retryAt > now) return { sends: [], tokens, ...wake(health.retryAt) };
  const fresh = (some: readonly Member[]): Send => ({ kind: 'new', members: some, changed: some });
  if (news.length === 0) return { sends: altered, tokens, ...wake() };
  if (tokens.left === 0) return { sends: altered, tokens, ...wake(nextAt(channel, tokens)) };
  const single = news.length <= Math.min(ONE_BY_ONE, tokens.left);
  const sends = single ? news.map((each) => fresh([each])) : [fresh(news)];
  return { sends: [...altered, ...sends], tokens: { ...tokens, left: tokens.left - sends.length }, ...wake() };
}

/** What the channel knows when the send has gone out. */
export const toldBy = ({ incident, standing: { state } }: Member, ref?: string): Told => ({
  since: incident.since,
  state,
  severity: incident.severity,
  acknowledged: incident.acknowledged,
  ...(ref && { ref }),
});
