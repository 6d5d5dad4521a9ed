/** When a composite alarm acts, given its own state and its suppressor's over time. Knows no topic. */
import type { State } from './evaluation';

export interface Periods {
  readonly waitS: number;
  readonly extensionS: number;
}

export class Suppression {
  readonly #periods: Periods;
  #state: State;
  #suppressing = false;
  /** Changed into, and not yet acted upon. */
  #pending: State | undefined;
  /** Until then nothing is done; undefined while the suppressor is in alarm. */
  #untilS: number | undefined;

  constructor(periods: Periods, state: State) {
    this.#periods = periods;
    this.#state = state;
  }

  /** Call it at each change and each second asked about, in order. Returns the state to act upon, if it is time. */
  at(timeS: number, state: State, suppressing: boolean): State | undefined {
    const { waitS, extensionS } = this.#periods;
    if (this.#suppressing && !suppressing && this.#pending) this.#untilS = timeS + extensionS;
    if (state !== this.#state) {
      this.#pending = state;
      this.#untilS = timeS + waitS; // what ran before is discarded
    }
    if (suppressing) this.#untilS = undefined;
    this.#state = state;
    this.#suppressing = suppressing;
    if (this.#untilS === undefined || timeS < this.#untilS) return undefined;
    const now = this.#pending;
    this.#pending = undefined;
    this.#untilS = undefined;
    return now;
  }
}
