/** How many servers the configuration gives a group: its template has what the group has now, which only a deployment knows. */
import { ofType, type Resource, type Stack } from './assembly';

interface Live {
  readonly services: Readonly<
    Record<string, { readonly min: string; readonly max: string; readonly groups: Readonly<Record<string, string>> }>
  >;
}

/** Of a group while it is the active one. */
export function limitsOf(stacks: readonly Stack[], { properties, key, stack }: Resource): { min: number; max: number } {
  const found = ofType(stacks, 'Custom::LiveFleets')
    .filter((live) => live.stack === stack) // another region has groups of the same names
    .flatMap((live) => Object.values((live.properties as unknown as Live).services))
    .find(({ groups }) => Object.values(groups).includes(String(properties.AutoScalingGroupName)));
  if (!found) throw new Error(`${key}: expected its limits in a Custom::LiveFleets, got none`);
  return { min: Number(found.min), max: Number(found.max) };
}
