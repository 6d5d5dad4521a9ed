/** Turns whatever an environment's file holds into an `Environment`, or lists all its faults at once. Knows no environment by name. */
import type { z } from 'zod';
import { ConfigError } from './config-error';
import { type Environment, environmentSchema } from './environment';
import type { Fault } from './rule';
import { RULES } from './rules';

export { ConfigError };

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);

const dotted = (path: readonly PropertyKey[]) =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`),
    '',
  );

function shapeFaults(issues: readonly z.core.$ZodIssue[], value: unknown): readonly Fault[] {
  return issues.flatMap((issue): readonly Fault[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: dotted([...issue.path, key]),
        expected: 'no such field',
        got: at(value, [...issue.path, key]),
      }));
    }
    const [, expected = issue.message] = /^Invalid input: expected (.+), received /.exec(issue.message) ?? [];
    return [{ path: dotted(issue.path), expected, got: at(value, issue.path) }];
  });
}

const line = ({ path, expected, got }: Fault) =>
  `  ${path}: expected ${expected}, got ${got === undefined ? 'nothing' : JSON.stringify(got)}`;

/** What the rules find where the shape lets them look: one that reads a faulted field is left out. */
function ruleFaults(value: unknown, faulted: readonly (readonly PropertyKey[])[]): readonly Fault[] {
  if (typeof value !== 'object' || value === null) return [];
  const readable = structuredClone(value);
  for (const path of faulted) {
    const parent = at(readable, path.slice(0, -1));
    const unreadable = () => {
      throw new TypeError('faulted');
    };
    if (typeof parent === 'object' && parent !== null && path.length > 0)
      Object.defineProperty(parent, path.at(-1) ?? '', { get: unreadable, enumerable: true });
  }
  return RULES.flatMap((rule) => {
    try {
      return rule(readable as Environment);
    } catch (error) {
      if (faulted.length > 0) return [];
      throw error;
    }
  });
}

/** Returns the environment; throws one ConfigError that lists every fault as `path: expected …, got …`. */
export function checked(value: unknown, file: string): Environment {
  const parsed = environmentSchema.safeParse(value);
  const issues = parsed.error?.issues ?? [];
  const faulted = issues.filter(({ code }) => code !== 'unrecognized_keys').map(({ path }) => path);
  const faults = [...shapeFaults(issues, value), ...ruleFaults(value, faulted)];
  if (faults.length === 0) return parsed.data as Environment;
  const lines = [...new Set(faults.map(line))];
  throw new ConfigError(`${file} can't be used:\n${lines.join('\n')}`);
}
