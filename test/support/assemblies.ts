/** Reads the assemblies that the global set-up made: every template of every environment, by stack. */
import { readFileSync } from 'node:fs';
import { ENVIRONMENT_NAMES } from '../../lib/config';

export const ASSEMBLIES = '.holdfast/test-assemblies';
/** Of the environment in options.ts, which only tests know. */
export const OPTIONS_NAME = 'options';

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
  readonly region: string;
  /** Whether a person has to lift its protection before it can be deleted. */
  readonly protected: boolean;
  readonly template: {
    readonly Resources: Readonly<Record<string, Resource>>;
    readonly Outputs?: Readonly<Record<string, unknown>>;
  };
}

interface StackArtifact {
  readonly type: string;
  readonly environment: string;
  readonly properties: {
    readonly templateFile: string;
    readonly stackName: string;
    readonly terminationProtection?: boolean;
  };
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

const read = (environment: string): readonly StackTemplate[] =>
  Object.values<StackArtifact>(json(`${ASSEMBLIES}/${environment}/manifest.json`).artifacts)
    .filter(({ type }) => type === 'aws:cloudformation:stack')
    .map(({ environment: place, properties: { stackName, templateFile, terminationProtection = false } }) => ({
      environment,
      stack: stackName.slice(stackName.lastIndexOf('-') + 1),
      region: place.slice(place.lastIndexOf('/') + 1),
      protected: terminationProtection,
      template: json(`${ASSEMBLIES}/${environment}/${templateFile}`),
    }));

const found = (name: string): readonly StackTemplate[] => {
  try {
    return read(name);
  } catch {
    return []; // while the global set-up itself loads this file nothing is there yet; a test asserts that all are
  }
};

/** Every template of every environment that is shipped. */
export const TEMPLATES = ENVIRONMENT_NAMES.flatMap(found);
/** And of one that has on what those have off. */
export const ALL_TEMPLATES = [...TEMPLATES, ...found(OPTIONS_NAME)];

export interface Located extends Resource {
  /** environment/stack/logical id */
  readonly where: string;
  readonly environment: string;
  readonly region: string;
}

export const resourcesOf = (templates: readonly StackTemplate[], ...types: readonly string[]): readonly Located[] =>
  templates.flatMap(({ environment, stack, region, template }) =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => types.length === 0 || types.includes(Type))
      .map(([id, resource]) => ({ ...resource, where: `${environment}/${stack}/${id}`, environment, region })),
  );
