/** The words of a message, the same for every channel; how they are marked up is the channel's. Pure. */

import type { Member } from '../decide';
import type { Severity } from '../environment';

const RANK: readonly Severity[] = ['critical', 'warning', 'info'];
export const worst = (members: readonly Member[]): Severity =>
  RANK.find((severity) => members.some(({ incident }) => incident.severity === severity)) ?? 'info';

export const isFiring = ({ standing }: Member) => standing.state === 'firing';
export const isOver = ({ standing }: Member) => standing.state === 'ok';

/** '3 firing, 2 resolved, 1 event'. */
function counts(members: readonly Member[]): string {
  const firing = members.filter(isFiring).length;
  const over = members.filter(isOver).length;
  const others = members.length - firing - over;
  return [
    firing && `${firing} firing`,
    over && `${over} resolved`,
    others && `${others} ${others === 1 ? 'event' : 'events'}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** '5 min', '2 h 10 min'. */
function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function stateOf({ incident, standing }: Member): string {
  if (standing.state === 'ok') return `resolved after ${duration(incident.at - incident.since)}`;
  if (standing.state === 'notice') return 'event';
  if (standing.flapping) return 'flapping';
  return incident.acknowledged ? 'acknowledged' : 'firing';
}

/** 'critical: NoHealthyServer firing (prod, eu-west-1)'. */
export function headline(members: readonly Member[], environment: string): string {
  const [first] = members;
  if (!first) return '';
  const { severity, title, region } = first.incident;
  if (members.length > 1)
    return `${worst(members)}: ${members.length} alerts at once, ${counts(members)} (${environment})`;
  return `${severity}: ${title} ${stateOf(first)} (${environment}, ${region})`;
}

/** A line of a list. */
export const line = (member: Member) => `${member.incident.severity} ${member.incident.title} ${stateOf(member)}`;

/** As many lines as fit, and how many there are beyond. */
export function fitting(lines: readonly string[], longest: number): readonly string[] {
  let length = 0;
  const shown = lines.filter((each) => {
    length += each.length + 1;
    return length <= longest;
  });
  return shown.length === lines.length ? lines : [...shown, `… and ${lines.length - shown.length} more`];
}

export const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
