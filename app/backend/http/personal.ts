/** What a log may hold of a person: the network instead of the address, and nothing that looks like a mail address or a token. */
import { clientOf } from './rate-limit';

/** Mail addresses, and tokens in JWT's form. What stands before keeps it linear in a line's length, which a client may choose. */
const PERSONAL = /(?<![\w.+-])[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+|(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/** A line of the log, whatever wrote it: a message of a library's too. */
export const masked = (line: string): string => line.replace(PERSONAL, '***');

/** For every logger of ours, besides its level. */
export const LOG_OPTIONS = {
  base: null,
  redact: ['err.config', 'err.parameters', 'err.detail', 'err.where', 'err.command.args'], // values and keys of people
  hooks: { streamWrite: masked },
};

/** '203.0.113.x' or '2001:db8:85a3:x': tells a flood from a crowd, and nobody from the neighbours. */
export function networkOf(ip: string): string {
  const client = clientOf({ ip });
  return client.includes(':') ? `${client.split(':').slice(0, 3).join(':')}:x` : client.replace(/\d+$/, 'x');
}
