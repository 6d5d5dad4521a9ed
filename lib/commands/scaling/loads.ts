/** The loads that policies are tried with: by the minute, in servers that they would keep fully busy. */

export interface Load {
  readonly name: string;
  readonly minutes: number;
  /** Servers at the start. */
  readonly start: number;
  /** @param minute since the start */
  readonly at: (minute: number) => number;
  /** A zone is lost at this minute, with its share of the servers. @default none */
  readonly zoneLostAt?: number;
}

/** A fleet at rest: between the guide's two thresholds. */
const CALM = 0.4;

/** For a fleet of `min` to `max` servers. */
export const loadsFor = (min: number, max: number): readonly Load[] => [
  {
    name: 'spike: ten times the load for half an hour',
    minutes: 150,
    start: min,
    at: (minute) => CALM * min * (minute >= 30 && minute < 60 ? 10 : 1),
  },
  {
    name: 'slow rise over three hours, and back',
    minutes: 480,
    start: min,
    at: (minute) => CALM * min + (0.65 * max - CALM * min) * Math.max(0, 1 - Math.abs(minute - 180) / 180),
  },
  {
    name: 'flapping: eight minutes high, eight low',
    minutes: 240,
    start: min,
    at: (minute) => (Math.floor(minute / 8) % 2 === 0 ? 0.3 : 1.5) * min,
  },
  {
    name: 'a zone is lost under steady load',
    minutes: 120,
    start: Math.ceil((min + max) / 2),
    at: () => 0.6 * Math.ceil((min + max) / 2),
    zoneLostAt: 30,
  },
];
