/** Reads the assemblies that the global set-up made: every template of every environment, by stack. */
import { readdirSync, readFileSync } from 'node:fs';
import { ENVIRONMENT_NAMES } from '../../lib/config';

export const ASSEMBLIES = '.holdfast/test-assemblies';

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Condition?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

export interface StackTemplate {
  readonly environment: string;
  /** Short name, such as 'Data'. */
  readonly stack: string;
  readonly template: {
    readonly Resources: Readonly<Record<string, Resource>>;
    readonly Outputs?: Readonly<Record<string, unknown>>;
  };
}

const read = (environment: string): readonly StackTemplate[] =>
  readdirSync(`${ASSEMBLIES}/${environment}`)
    .filter((file) => file.endsWith('.template.json'))
    .map((file) => ({
      environment,
      stack: file.replace(/^Holdfast/, '').replace(/[0-9A-F]{8}\.template\.json$|\.template\.json$/, ''),
      template: JSON.parse(readFileSync(`${ASSEMBLIES}/${environment}/${file}`, 'utf8')),
    }));

/** Every template of every environment. */
export const TEMPLATES: readonly StackTemplate[] = ENVIRONMENT_NAMES.flatMap((name) => {
  try {
    return read(name);
  } catch {
    return []; // while the global set-up itself loads this file nothing is there yet; a test asserts that all are
  }
});

export interface Located extends Resource {
  /** environment/stack/logical id */
  readonly where: string;
}

export const resourcesOf = (templates: readonly StackTemplate[], ...types: readonly string[]): readonly Located[] =>
  templates.flatMap(({ environment, stack, template }) =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => types.length === 0 || types.includes(Type))
      .map(([id, resource]) => ({ ...resource, where: `${environment}/${stack}/${id}` })),
  );
