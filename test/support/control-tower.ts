/** Control Tower's rules by cfn-guard, as its plugin asks them, but of each template only those about a type that is in it: guard takes most of its time to say that the others don't apply. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import type { IPolicyValidationContextBeta1, PolicyValidationPluginReportBeta1 } from 'aws-cdk-lib';
import type { Resource } from './assemblies';

const FOLDER = join(
  dirname(require.resolve('@cdklabs/cdk-validator-cfnguard/package.json')),
  'rules/control-tower/cfn-guard',
);
/** Every rule selects its resources by their types, in full. */
const TYPE = /AWS::\w+::\w+/g;

const RULES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.guard'))
  .map((file) => join(FOLDER, file))
  .map((path) => ({ path, types: new Set(readFileSync(path, 'utf8').match(TYPE)) }));

function rulesFor(template: string): string[] {
  const { Resources }: { Resources: Readonly<Record<string, Resource>> } = JSON.parse(readFileSync(template, 'utf8'));
  const types = Object.values(Resources).map(({ Type }) => Type);
  return RULES.filter((rule) => types.some((type) => rule.types.has(type))).map(({ path }) => path);
}

export class ControlTower extends CfnGuardValidator {
  override validate(context: IPolicyValidationContextBeta1): PolicyValidationPluginReportBeta1 {
    const reports = context.templatePaths.flatMap((template) => {
      const rules = rulesFor(template);
      const guard = new CfnGuardValidator({ controlTowerRulesEnabled: false, rules });
      return rules.length > 0 ? [guard.validate({ ...context, templatePaths: [template] })] : [];
    });
    return {
      success: reports.every(({ success }) => success),
      violations: reports.flatMap(({ violations }) => violations),
    };
  }
}
