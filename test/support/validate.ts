/** Every validator of templates over one app: CDK's built-in rules, cdk-nag's AwsSolutions and Serverless, Control Tower's by cfn-guard. */
import { readFileSync, rmSync } from 'node:fs';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

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

export interface Validated {
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

/** Synthesises into `outdir` and returns what the validators say. Throws what `build` throws. */
export function validated(outdir: string, build: (app: App) => void): Validated {
  rmSync(outdir, { recursive: true, force: true });
  const app = new App({ context, outdir, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), new CfnGuardValidator());
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
