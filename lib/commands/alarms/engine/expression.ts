/** The two little languages of CloudWatch, metric math and composite rules, as one tree. What a tree means is math's and rule's. */
import jsep from 'jsep';
import { ConfigError } from '../../../config/config-error';

export type Node =
  | { readonly kind: 'value'; readonly value: number | string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Node[] };

jsep.addBinaryOp('OR', 1);
jsep.addBinaryOp('AND', 2);
jsep.addBinaryOp('^', 11, true);
jsep.addUnaryOp('NOT');

/** An operator is a call by its own sign; minus before a value is NEGATIVE. */
const SIGNS: Readonly<Record<string, string>> = { '&&': 'AND', '||': 'OR' };

type Tree = jsep.Expression;
const items = (tree: Tree, key: string) => tree[key] as readonly Tree[];

function node(tree: Tree, text: string): Node {
  const nodes = (trees: readonly Tree[]) => trees.map((each) => node(each, text));
  const call = (name: string, operands: readonly Tree[]): Node => ({
    kind: 'call',
    name: SIGNS[name] ?? name,
    operands: nodes(operands),
  });
  switch (tree.type) {
    case 'Literal':
      return { kind: 'value', value: tree.value as number | string };
    case 'Identifier':
      return { kind: 'name', name: String(tree.name) };
    case 'ArrayExpression':
      return { kind: 'list', items: nodes(items(tree, 'elements')) };
    case 'SequenceExpression':
      return { kind: 'list', items: nodes(items(tree, 'expressions')) };
    case 'CallExpression':
      return call(String((tree.callee as Tree).name), items(tree, 'arguments'));
    case 'BinaryExpression':
      return call(String(tree.operator), [tree.left as Tree, tree.right as Tree]);
    case 'UnaryExpression':
      return call(tree.operator === '-' ? 'NEGATIVE' : String(tree.operator), [tree.argument as Tree]);
    default:
      throw new ConfigError(`${text}: expected operators and calls that CloudWatch knows, got ${tree.type}`);
  }
}

const kept = new Map<string, Node>();

/** Throws a ConfigError when it can't be read. */
export function parse(text: string): Node {
  const known = kept.get(text);
  if (known) return known;
  let tree: Tree;
  try {
    tree = jsep(text);
  } catch (error) {
    throw new ConfigError(`${text}: expected an expression, got a fault: ${(error as Error).message}`);
  }
  const made = node(tree, text);
  kept.set(text, made);
  return made;
}
