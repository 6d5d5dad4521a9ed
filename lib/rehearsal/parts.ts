/** The programs of a running system: each that ends by itself is told of, and all are ended in order, last started first. Knows no program. */
import { ConfigError } from '../config/check';
import { type Running, tail } from './process';

export class RunningParts {
  readonly all: Running[] = [];
  readonly #closing: (() => Promise<unknown>)[] = [];

  /** @param onEnd told of one that ended though nobody asked it to */
  constructor(private readonly onEnd: ((error: ConfigError) => void) | undefined) {}

  add = async (starting: Promise<Running>): Promise<Running> => {
    const part = await starting;
    this.all.push(part);
    const { name, logFile, gone } = part;
    void gone.then(() => {
      if (!this.all.includes(part)) return; // somebody asked it to
      this.onEnd?.(
        new ConfigError(
          `${name}: expected it to run until it is stopped, got an early end (${logFile}):\n${tail(logFile)}`,
        ),
      );
    });
    return part;
  };

  end = async (part: Running): Promise<void> => {
    this.all.splice(this.all.indexOf(part), 1);
    await part.stop();
  };

  /** Done before the first of them is ended. */
  before(close: () => Promise<unknown>): void {
    this.#closing.push(close);
  }

  /** May be called again. */
  stop = async (): Promise<void> => {
    for (const close of this.#closing.splice(0)) await close();
    for (const part of this.all.splice(0).reverse()) await part.stop();
  };
}
