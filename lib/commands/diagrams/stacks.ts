/** Which stacks there are and which waits for which. Not what they hold. */
import { references, type Stack } from '../assembly';
import { flowchart } from './mermaid';

/** Stacks that `stack` waits for: said by the manifest or by a reference. */
const waitsFor = (stacks: readonly Stack[], { name, after, resources }: Stack): readonly string[] => {
  const used = resources
    .flatMap((resource) => references(stacks, resource.stack, resource.properties))
    .map((key) => key.split('.')[0] ?? '');
  return [...new Set([...after, ...used])].filter((other) => other !== name).sort();
};

/** An arrow for each dependency that no other one implies. */
export function stackDiagram(stacks: readonly Stack[]): string {
  const direct = new Map(stacks.map((stack) => [stack.name, waitsFor(stacks, stack)]));
  const all = (name: string): readonly string[] => (direct.get(name) ?? []).flatMap((next) => [next, ...all(next)]);
  const edges = stacks.flatMap(({ name }) => {
    const next = direct.get(name) ?? [];
    return next
      .filter((to) => !next.some((other) => other !== to && all(other).includes(to)))
      .map((to) => ({ from: to, to: name }));
  });
  const nodes = stacks.map(({ name, region }) => ({ id: name, label: name, group: region }));
  return flowchart('LR', nodes, edges);
}
