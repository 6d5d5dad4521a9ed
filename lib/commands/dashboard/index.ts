/** `npm run dashboard`: the dashboard of an environment as a page on this machine, from its template, with example data. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEFAULT_ENVIRONMENT, environment } from '../../config';
import { parsed } from '../arguments';
import { synthesised } from '../synthesised';
import { type DashboardOf, dashboardOf } from './body';
import { page } from './page/page';

const USAGE = 'npm run dashboard -- [--env NAME] [--output FILE]';
const HELP = `${USAGE}
  --env NAME     environment (default ${DEFAULT_ENVIRONMENT})
  --output FILE  the page (default .holdfast/dashboard-NAME.html)`;

/** With what the build made for the browser, and the styles as they stand here. */
const pageOf = (shown: DashboardOf): string =>
  page(shown, {
    styles: ['node_modules/uplot/dist/uPlot.min.css', 'lib/commands/dashboard/page/page.css']
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n'),
    script: readFileSync('dist/dashboard.js', 'utf8'),
  });

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function dashboard(words: readonly string[]): Promise<number> {
  const string = { type: 'string' } as const;
  const {
    env = DEFAULT_ENVIRONMENT,
    output,
    help,
  } = parsed(words, { env: string, output: string, help: { type: 'boolean', default: false } }, USAGE);
  if (help) {
    console.log(HELP);
    return 0;
  }
  environment(env); // before any work: a wrong name needs none
  const target = resolve(output ?? `.holdfast/dashboard-${env}.html`);
  const text = pageOf(synthesised(env, dashboardOf));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  console.log(`${pathToFileURL(target)}`);
  return 0;
}
