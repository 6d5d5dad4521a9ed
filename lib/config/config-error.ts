/** In a file of its own, for commands that need no environment and shouldn't wait for its schema. */

/** A mistake in what the user wrote: shown as its message, without a stack trace. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
