/** Asks every process about its health while something happens to them, past NGINX. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { World } from './world';

export interface Look {
  readonly at: number;
  readonly ms: number;
  /** 0 when nobody answered. */
  readonly status: number;
}

const EVERY_MS = 50;

export class Watch {
  readonly #over = new AbortController();
  readonly #looks: Promise<readonly (readonly Look[])[]>;

  constructor({ backends }: World, path: '/livez' | '/readyz') {
    this.#looks = Promise.all(backends.map(({ url }) => this.#ask(url + path)));
  }

  /** What each process said, by process. */
  end(): Promise<readonly (readonly Look[])[]> {
    this.#over.abort();
    return this.#looks;
  }

  async #ask(url: string): Promise<readonly Look[]> {
    const looks: Look[] = [];
    while (!this.#over.signal.aborted) {
      const at = performance.now();
      const status = await fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
        (answer) => answer.status,
        () => 0,
      );
      looks.push({ at, ms: performance.now() - at, status });
      await wait(EVERY_MS);
    }
    return looks;
  }
}

/** Milliseconds from `since` until the last answer that wasn't 200, of any process. */
export const readyAfter = (looks: readonly (readonly Look[])[], since: number): number =>
  Math.max(
    0,
    ...looks
      .flat()
      .filter(({ status }) => status !== 200)
      .map(({ at, ms }) => at + ms - since),
  );
