/** Mermaid's flowchart syntax: nodes, groups and arrows as text. Knows nothing of AWS. */
export interface Node {
  readonly id: string;
  readonly label: string;
  /** Mermaid's brackets. @default a box */
  readonly shape?: 'box' | 'store' | 'round';
  /** Title of the box it stands in. @default none */
  readonly group?: string;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** 'order' only places the nodes. @default 'arrow' */
  readonly line?: 'arrow' | 'dotted' | 'order';
}

const BRACKETS = { box: ['[', ']'], store: ['[(', ')]'], round: ['([', '])'] } as const;
const LINES = { arrow: '-->', dotted: '-.->', order: '~~~' } as const;

const name = (id: string) => id.replace(/\W/g, '_');

function node({ id, label, shape = 'box' }: Node): string {
  const [open, close] = BRACKETS[shape];
  return `${name(id)}${open}"${label}"${close}`;
}

const edge = ({ from, to, label, line = 'arrow' }: Edge) =>
  `  ${name(from)} ${LINES[line]}${label ? `|"${label}"|` : ''} ${name(to)}`;

/** A fenced block; nodes and edges keep their order, an edge that comes twice is drawn once. */
export function flowchart(direction: 'LR' | 'TB' | 'BT', nodes: readonly Node[], edges: readonly Edge[]): string {
  const groups = [...new Set(nodes.map(({ group }) => group))];
  const boxes = groups.flatMap((group) => {
    const inside = nodes.filter((one) => one.group === group).map(node);
    if (!group) return inside.map((line) => `  ${line}`);
    return [`  subgraph ${name(group)}["${group}"]`, ...inside.map((line) => `    ${line}`), '  end'];
  });
  return ['```mermaid', `flowchart ${direction}`, ...boxes, ...new Set(edges.map(edge)), '```'].join('\n');
}
