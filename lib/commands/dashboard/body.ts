/** The dashboard of a synthesised assembly, with the resources it names by their keys: only a deployment knows their real names. */
import { ConfigError } from '../../config/config-error';
import { ofType, type Stack, stacksOf, text as textOf } from '../assembly';

/** An array as CloudWatch has it: namespace, name, dimensions, options; or options alone, with an expression. */
export type MetricEntry = readonly (string | Readonly<Record<string, unknown>>)[];

export interface Annotation {
  readonly value: number;
  readonly label: string;
  readonly color: string;
}

export interface Widget {
  readonly type: 'metric' | 'alarm' | 'text' | 'log';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly region?: string;
    readonly query?: string;
    readonly states?: readonly string[];
    readonly alarms?: readonly string[];
    readonly metrics?: readonly MetricEntry[];
    readonly annotations?: { readonly horizontal?: readonly Annotation[] };
    readonly yAxis?: { readonly left?: { readonly label?: string; readonly min?: number; readonly max?: number } };
  };
}

export interface DashboardOf {
  readonly name: string;
  readonly widgets: readonly Widget[];
  /** As in the template, tokens replaced. */
  readonly text: string;
}

/** Of the assembly in `folder`. Throws a ConfigError when nothing was synthesised there. */
export function dashboardOf(folder: string): DashboardOf {
  const stacks = assembly(folder);
  const [dashboard] = ofType(stacks, 'AWS::CloudWatch::Dashboard');
  if (!dashboard) throw new ConfigError(`dashboard: expected one in the templates of ${folder}, got none`);
  const { stack, properties } = dashboard;
  const text = textOf(stacks, stack, properties.DashboardBody);
  return { name: String(properties.DashboardName), widgets: JSON.parse(text).widgets, text };
}

function assembly(folder: string): readonly Stack[] {
  try {
    return stacksOf(folder);
  } catch {
    throw new ConfigError(
      `dashboard: expected a synthesised environment in ${folder}, got none; npm run synth -- --env NAME --output ${folder}`,
    );
  }
}
