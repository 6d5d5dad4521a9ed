/** Which version of an engine the session store runs, and its parameters. */

export type Engine = 'valkey' | 'redis';

/** `noeviction`: a full store refuses new sessions loudly instead of logging others out silently. */
export const PARAMETERS = { 'maxmemory-policy': 'noeviction', 'slowlog-log-slower-than': '10000' /* µs */ };

const VERSIONS = {
  valkey: { engineVersion: '8.0', family: 'valkey8' },
  redis: { engineVersion: '7.1', family: 'redis7' },
} as const;
/** The first with a log in several zones. */
const LOGGED = { engineVersion: '9.0', family: 'valkey9' } as const;

export const versionOf = (engine: Engine, logged: boolean) => (logged ? LOGGED : VERSIONS[engine]);
