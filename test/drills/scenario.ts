/** What a scenario is, and how a fault happens while visitors go on. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Finding, Sample } from './figures';
import type { Visitors } from './visitors';
import type { Shape, Site, World } from './world';

export interface Drill {
  readonly site: Site;
  readonly world: World;
  readonly visitors: Visitors;
  /** Tells of a step when it begins. */
  readonly say: (step: string) => void;
}

interface Named {
  readonly name: string;
  /** The fault, in words. */
  readonly about: string;
  /** Whether it runs with every change. @default false */
  readonly short?: boolean;
}

/** In a world with visitors. */
export interface WorldScenario extends Named {
  /** @default the usual world */
  readonly shape?: Shape;
  /** Done when the visitors have come in. */
  readonly before?: (drill: Drill) => Promise<unknown>;
  /** Of a control run: words of the demand that must be missed. */
  readonly misses?: string;
  readonly run: (drill: Drill) => Promise<readonly Finding[]>;
}

/** With servers of its own. */
export interface LoneScenario extends Named {
  /** Of a control run: words of the demand that must be missed. */
  readonly misses?: string;
  readonly alone: (site: Site) => Promise<readonly Finding[]>;
}

export type Scenario = WorldScenario | LoneScenario;

/** Visitors go on until the fault has run its course; what they got. */
export async function underLoad(
  { visitors }: Drill,
  fault: (at: (second: number) => Promise<void>) => Promise<void>,
): Promise<readonly Sample[]> {
  const begin = performance.now();
  const over = new AbortController();
  const load = visitors.goOn(over.signal);
  try {
    await fault(async (second) => {
      await wait(Math.max(0, begin + second * 1000 - performance.now()));
    });
  } finally {
    over.abort();
    await load;
  }
  return load;
}

/** Backends that ended without having been told to. */
export const exits = ({ world }: Drill): Finding => {
  const ended = world.backends.reduce((sum, { part }) => sum + part.ended, 0);
  return { demand: 'no process ends', measured: `${ended}`, holds: ended === 0 };
};
