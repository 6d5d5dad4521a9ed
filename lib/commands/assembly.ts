/** A synthesised assembly as a graph: its stacks, and which resources a property's value refers to, across stacks too. Draws nothing. */
import { readFileSync } from 'node:fs';

type Value = unknown;
type Fields = Readonly<Record<string, Value>>;

export interface Resource {
  /** Stack and logical id: unique in the assembly. */
  readonly key: string;
  readonly type: string;
  readonly properties: Fields;
  readonly stack: Stack;
}

export interface Stack {
  /** Short name, such as 'Data'. */
  readonly name: string;
  /** Name in CloudFormation. */
  readonly deployedAs: string;
  readonly region: string;
  /** Short names of the stacks that must be there first. */
  readonly after: readonly string[];
  readonly outputs: Readonly<Record<string, { readonly Value: Value; readonly Export?: { readonly Name: Value } }>>;
  readonly resources: readonly Resource[];
}

interface Artifact {
  readonly type: string;
  readonly displayName?: string;
  readonly environment?: string;
  readonly dependencies?: readonly string[];
  readonly properties: { readonly templateFile: string; readonly stackName: string };
}

const parse = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** The stacks of the assembly in `folder`, in order of their names. */
export function stacksOf(folder: string): readonly Stack[] {
  const artifacts: Readonly<Record<string, Artifact>> = parse(`${folder}/manifest.json`).artifacts;
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const short = ({ properties }: Artifact) => properties.stackName.split('-').at(-1) ?? '';
  const names = new Map(stacks.map(([id, artifact]) => [id, short(artifact)]));
  return stacks
    .map(([, artifact]) => {
      const template = parse(`${folder}/${artifact.properties.templateFile}`);
      const stack = {
        name: short(artifact),
        deployedAs: artifact.properties.stackName,
        region: artifact.environment?.split('/').at(-1) ?? '',
        after: (artifact.dependencies ?? []).flatMap((id) => names.get(id) ?? []).sort(),
        outputs: template.Outputs ?? {},
        resources: [] as Resource[],
      };
      for (const [id, { Type, Properties }] of Object.entries<{ Type: string; Properties?: Fields }>(
        template.Resources,
      ))
        stack.resources.push({ key: `${stack.name}.${id}`, type: Type, properties: Properties ?? {}, stack });
      return stack;
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All resources of one type. */
export const ofType = (stacks: readonly Stack[], type: string): readonly Resource[] =>
  stacks.flatMap(({ resources }) => resources.filter((resource) => resource.type === type));

/** The resource of that key; nothing when there is none. */
export const resourceAt = (stacks: readonly Stack[], key: string): Resource | undefined =>
  stacks.find(({ name }) => key.startsWith(`${name}.`))?.resources.find((resource) => resource.key === key);

const isFields = (value: Value): value is Fields => typeof value === 'object' && value !== null;

/** The text of a property, with its stack's region where it names that. */
export function spelt({ stack, properties }: Resource, name: string): string {
  const value = properties[name];
  const parts: readonly Value[] = isFields(value) ? (value['Fn::Join'] as [string, Value[]])[1] : [value];
  return parts.map((part) => (isFields(part) ? stack.region : String(part))).join('');
}

/** Keys of the resources that `value`, a property in `stack`, refers to. */
export function references(stacks: readonly Stack[], stack: Stack, value: Value): readonly string[] {
  if (!isFields(value)) return [];
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::GetStackOutput': weak, 'Fn::ImportValue': strong } = value;
  if (typeof Ref === 'string') return [`${stack.name}.${Ref}`];
  if (Array.isArray(attribute)) return [`${stack.name}.${attribute[0]}`];
  if (isFields(weak)) {
    const producer = stacks.find(({ deployedAs }) => deployedAs === weak.StackName);
    return producer ? references(stacks, producer, producer.outputs[String(weak.OutputName)]?.Value) : [];
  }
  if (strong !== undefined)
    return stacks.flatMap((producer) =>
      Object.values(producer.outputs)
        .filter(({ Export }) => Export?.Name === strong)
        .flatMap(({ Value }) => references(stacks, producer, Value)),
    );
  return Object.values(value).flatMap((part) => references(stacks, stack, part));
}

/**
 * The text of `value`, a property in `stack`: what only a deployment knows stands there by key, such as 'Data.DatabasePrimary12AB34CD'.
 * @param meant another key for one @default none
 */
export function text(
  stacks: readonly Stack[],
  stack: Stack,
  value: Value,
  meant: (key: string) => string = (key) => key,
): string {
  if (!isFields(value)) return String(value ?? '');
  const { Ref, 'Fn::Join': join } = value;
  if (Ref === 'AWS::Region') return stack.region;
  if (typeof Ref === 'string' && Ref.startsWith('AWS::')) return Ref;
  if (Array.isArray(join)) return join[1].map((part: Value) => text(stacks, stack, part, meant)).join(join[0]);
  return [...new Set(references(stacks, stack, value).map(meant))].join('+');
}
