/** A secret that signs, for several servers which read it at different times: its next value is accepted a whole period before it signs. */
import { newPassword } from '../rotation/password';
import type { Core } from '../rotation/steps';

export interface Signing {
  /** Signs. */
  readonly current: string;
  /** Is accepted, and signs after the next rotation: by then every server knows it. @default none before the first rotation */
  readonly next?: string;
  /** Signed before, and is accepted. @default none before the second rotation */
  readonly previous?: string;
}

const SHAPE = /^[A-Za-z0-9]{32,128}$/;

export const signing: Core<Signing> = {
  next: ({ current, next, previous }) =>
    next ? { current: next, next: newPassword(), previous: current } : { current, next: newPassword(), previous },
  set: async () => undefined, // nobody else holds it
  test: async (pending) => {
    const wrong = Object.entries(pending).filter(([, value]) => !SHAPE.test(value));
    if (wrong.length > 0 || !pending.current)
      throw new Error(
        `signing secret: expected {current, next?, previous?} of 32 to 128 letters and digits each, got others at ${wrong.map(([name]) => name).join(', ') || 'current'}`,
      );
  },
};
