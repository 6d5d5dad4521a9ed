/** Every validator of templates over one app, and what a test demands of them: CDK's built-in rules, cdk-nag's AwsSolutions and Serverless, Control Tower's by cfn-guard. */
import { readFileSync, rmSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { Environment } from '../../lib/config/environment';
import { builtArchives } from '../../lib/stacks/archives';
import { WebApp } from '../../lib/web-app';
import { ControlTower } from './control-tower';
import { takenExemptions } from './exemptions';

interface Violation {
  readonly ruleName: string;
  readonly description: string;
  readonly violatingConstructs: readonly { readonly constructPath?: string }[];
}

/** What an exemption silenced. */
interface Silenced extends Violation {
  readonly acknowledgedAt: string;
  readonly reason: string;
}

interface Validated {
  /** Lines of `validator, rule, construct, what is wrong`; warnings too. */
  readonly findings: readonly string[];
  readonly silenced: readonly Silenced[];
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly Violation[];
    readonly suppressedViolations?: readonly Silenced[];
  }[];
}

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));

const FOLDER = '.holdfast/validated';

/** Synthesises into a folder of that name and returns what the validators say. Throws what `build` throws. */
export function validated(name: string, build: (app: App) => void): Validated {
  const outdir = `${FOLDER}/${name}`;
  rmSync(outdir, { recursive: true, force: true });
  const app = new App({ context, outdir, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), new ControlTower());
  build(app);
  try {
    app.synth();
  } catch (error) {
    if ((error as Error).name !== 'ValidationFailed') throw error; // the report says it better
  }
  const { pluginReports }: Report = JSON.parse(readFileSync(`${outdir}/validation-report.json`, 'utf8'));
  return {
    findings: pluginReports.flatMap(({ pluginName, violations }) =>
      violations.flatMap(({ ruleName, description, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => `${pluginName}, ${ruleName}, ${constructPath}, ${description}`),
      ),
    ),
    silenced: pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations ?? []),
  };
}

/** Tests of an environment, in the `describe` that calls it. */
export function keepsTheRules(name: string, config: Environment): void {
  let result: Validated;

  beforeAll(() => {
    result = validated(name, (app) => {
      new WebApp(app, 'Holdfast', { config, archives: builtArchives() });
    });
  });

  it('has no finding without a written reason', () => {
    expect(result.findings).toEqual([]);
  });

  it('has no exemption that silences two resources at once', () => {
    const broad = result.silenced.filter(({ violatingConstructs }) => violatingConstructs.length !== 1);
    expect(broad.map(({ ruleName, acknowledgedAt }) => `${ruleName} at ${acknowledgedAt}`)).toEqual([]);
  });

  it('has no exemption that silences nothing', () => {
    const needed = new Set(result.silenced.map(({ acknowledgedAt, reason }) => `${acknowledgedAt}: ${reason}`));
    const taken = takenExemptions(`${FOLDER}/${name}`).map(({ path, reason }) => `${path}: ${reason}`);
    expect(taken.length).toBeGreaterThan(20);
    expect([...new Set(taken)].filter((one) => !needed.has(one))).toEqual([]);
  });
}
