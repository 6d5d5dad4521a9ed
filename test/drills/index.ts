/** `npm run drill`: faults injected into real processes, a table for each, and an exit code that says whether every demand held. */
import { mkdirSync, rmSync } from 'node:fs';
import { constants, cpus } from 'node:os';
import { run } from '../../lib/commands/run';
import { guard } from '../../lib/rehearsal/guard';
import { lock } from '../../lib/rehearsal/lock';
import { tools } from '../../lib/rehearsal/tools';
import type { Finding } from './figures';
import { Parts } from './parts';
import { RegionWorld } from './regions/world';
import { endReleaseWorld } from './releases/world';
import { steps, table, verdict } from './report';
import type { Scenario } from './scenario';
import { chosen, known } from './scenarios';
import { Visitors } from './visitors';
import { type Site, startWorld } from './world';

const STATE = '.holdfast/drills';

async function drill(scenario: Scenario, site: Site, say: (step: string) => void): Promise<readonly Finding[]> {
  rmSync(site.folder, { recursive: true, force: true });
  mkdirSync(site.folder, { recursive: true });
  if ('alone' in scenario) return scenario.alone(site);
  const world = await startWorld(site, scenario.shape ?? {});
  const visitors = new Visitors(world.url);
  const all = { site, world, visitors, say };
  try {
    await visitors.comeIn();
    await scenario.before?.(all);
    return await scenario.run(all);
  } finally {
    await visitors.close();
  }
}

/** Prints one scenario and its table; whether it went as it must. */
async function told(scenario: Scenario, site: Omit<Site, 'folder'>): Promise<boolean> {
  console.log(`\n${scenario.name}: ${scenario.about}`);
  const folder = `${STATE}/${scenario.name}`;
  try {
    const findings = await drill(scenario, { ...site, folder }, steps());
    const { well, words } = verdict(scenario, findings);
    console.log(`${table(findings)}\n  ${words}`);
    return well;
  } catch (error) {
    console.log(`  FAILED: ${(error as Error).message}; see ${folder}`);
    return false;
  } finally {
    await site.parts.end();
  }
}

async function drills(words: readonly string[]): Promise<number> {
  const scenarios = chosen(words.length > 0 ? words : ['short']);
  const begin = Date.now();
  await lock(`${STATE}.sock`, () => `process ${process.pid}, a drill`);
  const parts = new Parts();
  let stopped = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      stopped = 128 + constants.signals[signal];
      console.log(`\n${signal}: ending everything; logs stay in ${STATE}`);
      // at once, whatever the scenario waits for: the start of a whole system is minutes, and so are its limits
      void guard.end().finally(() => process.exit(stopped));
    });
  const bad: string[] = [];
  try {
    const found = await tools({ say: console.log });
    console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
    for (const scenario of scenarios) {
      if (!(await told(scenario, { tools: found, parts }))) bad.push(scenario.name);
      if (stopped) return stopped;
    }
  } finally {
    await parts.close();
    await endReleaseWorld();
    await RegionWorld.end();
    await guard.end();
  }
  const not = bad.length > 0 ? `; not: ${bad.join(', ')}` : '';
  console.log(
    `\n${scenarios.length - bad.length} of ${scenarios.length} as they must be, ${Math.round((Date.now() - begin) / 1000)} s${not}`,
  );
  return bad.length > 0 ? 1 : 0;
}

const words = process.argv.slice(2);
run(async () => {
  if (!words.includes('--help')) return drills(words);
  console.log(known());
  return 0;
});
