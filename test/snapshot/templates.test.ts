/** What a pull request changes in the templates, in a form that reads in a diff: production whole, its second region by what it has otherwise than the first, the other environments as outlines. */

import { dashboardOf } from '../../lib/commands/dashboard/body';
import { unified } from '../../lib/commands/template-diff';
import { ASSEMBLIES, TEMPLATES } from '../support/assemblies';

/** Hashes of assets change with every release; what they stand for doesn't. */
const masked = (template: unknown): unknown =>
  JSON.parse(
    JSON.stringify(template)
      .replace(/[0-9a-f]{64}/g, 'HASH')
      .replace(/"id":"[0-9a-f]{12}"/g, '"id":"RELEASE"'),
  );

interface Shown {
  readonly Type?: string;
  readonly Metadata?: unknown;
  readonly Properties?: object;
}

/** Metadata says where in our code a resource is from: noise to a reviewer; a dashboard has a snapshot of its own. */
const readable = ({ Resources, Outputs }: { Resources: Readonly<Record<string, Shown>>; Outputs?: object }) => ({
  Resources: Object.fromEntries(
    Object.entries(Resources).map(([id, { Metadata: _, ...resource }]) => [
      id,
      resource.Type === 'AWS::CloudWatch::Dashboard'
        ? { ...resource, Properties: { ...resource.Properties, DashboardBody: 'see below' } }
        : resource,
    ]),
  ),
  Outputs,
});

const production = TEMPLATES.filter(({ environment }) => environment === 'prod');
/** Stacks that the second region has of the same class as the first. */
const TWINS = ['Network', 'Backend', 'Workers', 'Rollouts'];
const isTwin = ({ stack }: { readonly stack: string }) => TWINS.some((name) => stack === `${name}Recovery`);
const whole = production.filter((each) => !isTwin(each));
const others = TEMPLATES.filter(({ environment }) => environment !== 'prod');

it.each(whole.map(({ stack, template }) => [stack, template] as const))('production: %s', (_, template) => {
  expect(masked(readable(template))).toMatchSnapshot();
});

it.each(TWINS)('production: %s in the second region, beside the first', (name) => {
  const text = (stack: string) => {
    const found = production.find((each) => each.stack === stack);
    return JSON.stringify(masked(readable(found?.template ?? { Resources: {} })), undefined, 1);
  };
  const second = text(`${name}Recovery`).replace(/-(Alerting|Data|Network|Backend|Workers|Rollouts)Recovery\b/g, '-$1');
  const changed = unified(text(name), second).split('\n');
  expect(changed.filter((line) => /^[+-]/.test(line)).join('\n')).toMatchSnapshot();
});

it.each(others.map(({ environment, stack, template }) => [environment, stack, template] as const))(
  'outline of %s: %s',
  (_, __, { Resources }) => {
    const lines = Object.entries(Resources).map(([id, { Type, DeletionPolicy = '' }]) =>
      `${id} ${Type} ${DeletionPolicy}`.trim(),
    );
    expect(lines.sort()).toMatchSnapshot();
  },
);

it('production: dashboard, a line for each place, curve and threshold', () => {
  const lines = dashboardOf(`${ASSEMBLIES}/prod`).widgets.flatMap(({ type, properties, x, y, width, height }) => {
    const { title, markdown, metrics = [], annotations, alarms = [], ...rest } = properties;
    const parts = [...metrics, ...(annotations?.horizontal ?? []), ...alarms].map(
      (part) => `  ${JSON.stringify(part)}`,
    );
    return [
      `${x},${y} ${width}x${height} ${type} ${JSON.stringify(title ?? markdown)} ${JSON.stringify(rest)}`,
      ...parts,
    ];
  });
  expect(lines.join('\n')).toMatchSnapshot();
});
