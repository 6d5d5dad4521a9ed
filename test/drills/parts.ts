/** The processes of a drill: each can be started again, and all are ended at once. Knows no program. */
import type { Running } from '../../lib/rehearsal/process';
import type { Address } from '../../lib/rehearsal/servers';
import { kill } from './faults';

/** A server that is started, hurt, and started again. */
export class Part {
  #running: Running | undefined;
  #ended = 0;

  constructor(
    readonly name: string,
    readonly begin: () => Promise<Running>,
    readonly parts: Parts,
  ) {}

  get running(): Running {
    if (!this.#running) throw new Error(`${this.name}: expected it to have been started`);
    return this.#running;
  }

  /** How often it ended, whoever ended it. */
  get ended(): number {
    return this.#ended;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    this.#running = await this.parts.start(this.begin);
    void this.#running.gone.then(() => {
      this.#ended += 1;
    });
  }
}

/** A part and where it listens. */
export interface Server extends Address {
  readonly part: Part;
}

export class Parts {
  readonly #running = new Set<Running>();
  readonly #starting = new Set<Promise<Running>>();
  #closed = false;

  async start(begin: () => Promise<Running>): Promise<Running> {
    if (this.#closed) throw new Error('the drill is being ended');
    const starting = begin();
    this.#starting.add(starting);
    try {
      const running = await starting;
      this.#running.add(running);
      void running.gone.then(() => this.#running.delete(running));
      return running;
    } finally {
      this.#starting.delete(starting);
    }
  }

  /** Those that run now. */
  get all(): Iterable<Running> {
    return this.#running;
  }

  /** Ends everything at once, the frozen and those that are being started too: what they hold is thrown away. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#running].map((each) => kill(each)));
  }

  /** Ends everything, and lets nothing start any more. */
  close(): Promise<void> {
    this.#closed = true;
    return this.end();
  }
}
