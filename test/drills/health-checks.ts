/** Health checks as Route 53 makes them: each tier asked at the template's interval, down and up after as many answers in a row. One checker, not its dozens. */
import { EventEmitter, once } from 'node:events';
import { request } from 'undici';
import type { HealthCheck } from '../support/route53';

/** To connect, and from then to the answer. */
const CONNECT_MS = 4000;
const ANSWER_MS = 2000;

class Checked {
  healthy = true;
  #against = 0;

  constructor(readonly failures: number) {}

  note(good: boolean): void {
    this.#against = good === this.healthy ? 0 : this.#against + 1;
    if (this.#against < this.failures) return;
    this.healthy = good;
    this.#against = 0;
  }
}

async function good(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url, {
      headersTimeout: CONNECT_MS + ANSWER_MS,
      signal: AbortSignal.timeout(CONNECT_MS + ANSWER_MS),
    });
    await body.dump();
    return statusCode >= 200 && statusCode < 400;
  } catch {
    return false;
  }
}

export interface HealthChecks {
  /** By the check's logical id. */
  readonly healthy: (id: string) => boolean;
  /** Resolves when that tier was asked the next time: a fault right after it is noticed as late as can be. */
  readonly asked: (id: string) => Promise<unknown>;
  close(): void;
}

/** @param url where a tier's own name leads on this machine @param scale of the interval, 1 as in the template */
export function startHealthChecks(
  checks: readonly HealthCheck[],
  url: (check: HealthCheck) => string,
  scale: number,
): HealthChecks {
  const all = new Map(checks.map((check) => [check.id, new Checked(check.failures)]));
  const told = new EventEmitter();
  const ask = async (check: HealthCheck) => {
    all.get(check.id)?.note(await good(url(check)));
    told.emit(check.id);
  };
  const timers = checks.map((check) => setInterval(ask, check.intervalS * 1000 * scale, check));
  return {
    healthy: (id) => all.get(id)?.healthy ?? false,
    asked: (id) => once(told, id),
    close: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
