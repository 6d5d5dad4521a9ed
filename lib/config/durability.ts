/** What each `sessions.durability` needs of the session store. What each loses and costs: docs/durability.md. */
import type { Environment } from './environment';
import { type Rule, unless } from './rule';

type Sessions = Environment['sessions'];

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Durability.Limitations.html, of the classes in `instances.ts`. */
const LOGGED_CLASS = /^[mr][67]g\./;

const logged = ({ durability }: Sessions) => durability === 'logged';

export const DURABILITY_RULES: readonly Rule[] = [
  ({ sessions }) =>
    unless(
      sessions.replicas > 0 || sessions.durability === 'primary',
      'sessions.durability',
      "'primary' without a replica to wait for (sessions.replicas is 0)",
      sessions.durability,
    ),
  ({ sessions }) =>
    unless(
      !logged(sessions) || sessions.engine === 'valkey',
      'sessions.engine',
      "'valkey', which alone has a log in several zones (sessions.durability is 'logged')",
      sessions.engine,
    ),
  ({ sessions }) =>
    unless(
      !logged(sessions) || LOGGED_CLASS.test(sessions.nodeClass),
      'sessions.nodeClass',
      "a class with a log, such as 'm7g.large' (sessions.durability is 'logged')",
      sessions.nodeClass,
    ),
];
