/** What a rule between values of an environment is, and how it names a fault. The rules themselves are in `rules.ts`. */
import type { Environment } from './environment';

export interface Fault {
  readonly path: string;
  readonly expected: string;
  readonly got: unknown;
}

export type Rule = (environment: Environment) => readonly Fault[];

export const unless = (holds: boolean, path: string, expected: string, got: unknown): readonly Fault[] =>
  holds ? [] : [{ path, expected, got }];
