/** Peak memory of a process with all its descendants, by looking at /proc (Linux) every few milliseconds. A peak between two looks is missed. */
import { readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 20;

function parents() {
  const found = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      found.set(Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {} // it ended meanwhile
  }
  return found;
}

/** Shared pages are divided among their users, so that the sum counts each once. */
function memory(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function treeMemory(root) {
  const of = parents();
  const inTree = (pid) => pid === root || (of.has(pid) && inTree(of.get(pid)));
  return [...of.keys()].filter(inTree).reduce((sum, pid) => sum + memory(pid), 0);
}

/** Bytes at the highest look until `child` ends. */
export function peakMemory(root, child) {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, treeMemory(root));
  }, EVERY_MS);
  return new Promise((resolve) =>
    child.once('close', () => {
      clearInterval(timer);
      resolve(peak);
    }),
  );
}
