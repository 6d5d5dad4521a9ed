/** What a hit does to a resource, as the tables of takeovers say it. Decides nothing. */
import type { Resource } from '../assembly';
import type { Term } from './figures';
import type { Hit } from './losses';
import type { Parts } from './parts';

/** What alarms then see: a signal that is bad, or silence about a resource, for so many minutes. */
export interface Symptom {
  readonly signal?: string;
  /** Key of a resource, or of the beginning of its nodes'. */
  readonly silent?: string;
  readonly minutes: number;
  /** Whose alarms see it. @default all regions' */
  readonly region?: string;
  /** Whether the signal is the age of what waits, which rises with time. */
  readonly rises?: true;
}

export interface Hurt {
  /** What it is, for several of a kind. */
  readonly kind: string;
  readonly lost: string;
  readonly takesOver: string;
  /** Until it works whole again. @default until somebody mends it */
  readonly terms?: readonly Term[];
  /** While it works, some requests fail for so long. @default none do */
  readonly weak?: readonly Term[];
  /** Whether it is read from meanwhile. */
  readonly reads?: true;
  /** What is gone for good. @default nothing */
  readonly gone?: string;
  readonly mend?: string;
  readonly symptoms?: readonly Symptom[];
}

export type Takeover = (resource: Resource, hit: Hit, parts: Parts) => Hurt | undefined;

/** As long as alarms are watched when nobody mends it. */
export const LONG_MINUTES = 60;

export const minutesOf = (seconds: number) => (Number.isFinite(seconds) ? Math.ceil(seconds / 60) : LONG_MINUTES);
export const silence = ({ key }: Resource): Symptom => ({ silent: key, minutes: LONG_MINUTES });
