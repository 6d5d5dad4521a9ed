/** Visitors who know the site by its public name: a real resolver (c-ares) and an HTTP client each, which keep an answer as long as it says. */
import { Resolver } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, type Dispatcher, interceptors, request } from 'undici';

const BETWEEN_MS = 100;
/** Then a visitor gives up an address that doesn't answer. */
export const PATIENCE_S = 2;
const GIVE_UP_MS = PATIENCE_S * 1000;

interface Seen {
  /** Of performance.now(), when the answer was there. */
  readonly at: number;
  /** The page's text; nothing when there was none. */
  readonly text: string | undefined;
}

function dispatcher(nameServer: string): Dispatcher {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([nameServer]);
  return new Agent({ connect: { timeout: GIVE_UP_MS } }).compose(
    interceptors.dns({
      dualStack: false,
      affinity: 4,
      maxTTL: 600_000,
      lookup: ({ hostname }, _, done) =>
        void resolver.resolve4(hostname, { ttl: true }).then(
          (found) =>
            done(
              null,
              found.map(({ address, ttl }) => ({ address, ttl: ttl * 1000, family: 4 })),
            ),
          (error) => done(error, []),
        ),
    }),
  );
}

class Visitor {
  readonly seen: Seen[] = [];
  readonly #dispatcher: Dispatcher;
  readonly #over = new AbortController();
  readonly #done: Promise<void>;

  constructor(url: string, nameServer: string, startsInMs: number) {
    this.#dispatcher = dispatcher(nameServer);
    this.#done = this.#visit(url, startsInMs);
  }

  async #visit(url: string, startsInMs: number): Promise<void> {
    await wait(startsInMs);
    while (!this.#over.signal.aborted) {
      const text = await this.#ask(url);
      this.seen.push({ at: performance.now(), text });
      await wait(BETWEEN_MS);
    }
    await this.#dispatcher.destroy();
  }

  async #ask(url: string): Promise<string | undefined> {
    try {
      const limits = { headersTimeout: GIVE_UP_MS, bodyTimeout: GIVE_UP_MS };
      const { statusCode, body } = await request(url, { dispatcher: this.#dispatcher, ...limits });
      const text = await body.text();
      return statusCode === 200 ? text : undefined;
    } catch {
      return undefined;
    }
  }

  end(): Promise<void> {
    this.#over.abort();
    return this.#done;
  }
}

export class NameVisitors {
  readonly #all: readonly Visitor[];

  /** They come in turn during `withinMs`, so that their answers are of different ages. */
  constructor(count: number, url: string, nameServer: string, withinMs: number) {
    this.#all = Array.from({ length: count }, (_, index) => new Visitor(url, nameServer, (index * withinMs) / count));
  }

  /** Milliseconds from `since` until each had its first page with that text; infinite for who hasn't. */
  until(text: string, since: number): readonly number[] {
    return this.#all.map(({ seen }) => {
      const first = seen.find((each) => each.at > since && each.text?.includes(text));
      return first ? first.at - since : Number.POSITIVE_INFINITY;
    });
  }

  /** Requests since then that brought no page. */
  failed(since: number): number {
    return this.#all.flatMap(({ seen }) => seen).filter(({ at, text }) => at > since && text === undefined).length;
  }

  async end(): Promise<void> {
    await Promise.all(this.#all.map((visitor) => visitor.end()));
  }
}
