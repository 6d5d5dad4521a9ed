/** What AWS refuses, as one line that a user can act on. */
import { ConfigError } from '../config/config-error';

/** Throws a ConfigError for whatever AWS answered with an error. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, message } = error as Error;
    if (!('$fault' in (error as object))) throw error;
    throw new ConfigError(
      `AWS: expected it to be allowed and done, got ${name}: ${message.split('\n')[0]}; mend that and come again, nothing is begun twice`,
    );
  }
}
