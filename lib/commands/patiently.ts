/** Looks again where nobody answered: what a command watches goes on meanwhile. For looks alone, never for what changes something. */
import { setTimeout as wait } from 'node:timers/promises';
import { isSilence } from '../../lambda/failover/clients';

/** Looks in a row without an answer until it is given up. */
const UNANSWERED = 12;

/** Whether nobody answered, or somebody who had no time. */
const isPassing = (error: unknown) =>
  isSilence(error) ||
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode === 429;

/**
 * @param say hears of each look that got no answer
 * @param lookMs between looks, milliseconds
 * Throws the last error after 12 looks in a row, and a refusal at once.
 */
export async function patiently<T>(look: () => Promise<T>, say: (text: string) => void, lookMs: number): Promise<T> {
  for (let looks = 1; ; looks++, await wait(lookMs))
    try {
      return await look();
    } catch (error) {
      if (!isPassing(error) || looks === UNANSWERED) throw error;
      const { message, code } = error as NodeJS.ErrnoException; // Node's for several addresses has no message
      say(`no answer (${message || code}); looks again`);
    }
}
