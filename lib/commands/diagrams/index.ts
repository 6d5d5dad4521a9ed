/** The diagrams of the architecture page, made from a synthesised assembly. Rewrites only what stands between the page's markers. */
import { stacksOf } from '../assembly';
import { networkDiagram } from './network';
import { requestPathDiagram } from './request-path';
import { stackDiagram } from './stacks';

const DIAGRAMS = { stacks: stackDiagram, 'request path': requestPathDiagram, network: networkDiagram };

const MARKED = /(<!-- diagram: ([a-z ]+) -->\n)(?:.|\n)*?(\n<!-- end -->)/g;

/** `page` with each marked diagram drawn anew from the assembly in `folder`. Throws on a marker that names no diagram. */
export function withDiagrams(page: string, folder: string): string {
  const stacks = stacksOf(folder);
  return page.replace(MARKED, (_, begin: string, name: string, end: string) => {
    if (!(name in DIAGRAMS))
      throw new Error(`diagram: expected one of ${Object.keys(DIAGRAMS).join(', ')}, got '${name}'`);
    return begin + DIAGRAMS[name as keyof typeof DIAGRAMS](stacks) + end;
  });
}
