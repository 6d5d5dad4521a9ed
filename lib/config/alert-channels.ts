/** How alerts reach people: channels and routes by severity. What opens a channel is no configuration: it goes into a secret. */
import { z } from 'zod';
import type { Environment } from './environment';
import { type Rule, unless } from './rule';
import { oneOf, text, yesOrNo } from './values';

const channel = () => oneOf('pagerDuty', 'slack', 'email', 'sms');

export const channelsSchema = z.strictObject({
  /** Incidents at PagerDuty, by its Events API v2. Its key goes into the secret after the deployment. Billed by PagerDuty. @default false */
  pagerDuty: yesOrNo().optional(),
  /** Slack channel, such as '#alerts', or its id. The app must be a member; its token goes into the secret. Costs nothing. @default none */
  slack: text(
    /^(#[a-z0-9_-]{1,80}|[CG][A-Z0-9]{8,20})$/,
    "a Slack channel, such as '#alerts' or 'C0123456789'",
  ).optional(),
  /**
   * Mobile numbers that get an SMS for what is critical, at most 3 at once and one a minute more: about 0.05–0.10 USD each. A new
   * account's SMS sandbox sends only to numbers verified there. @default none
   */
  sms: z.array(text(/^\+[1-9]\d{6,14}$/, "a number such as '+441632960961'")).optional(),
});

/** @default critical: every channel; warning and info: Slack and mail; of those that are set up */
export const routesSchema = z.strictObject({
  /** Who hears of what needs somebody now. At least one. */
  critical: z.array(channel()),
  /** Who hears of what needs somebody today. SMS is refused. */
  warning: z.array(channel()),
  /** Who hears of deployments, maintenance and the like. SMS is refused. */
  info: z.array(channel()),
});

type Severity = keyof z.infer<typeof routesSchema>;
const SEVERITIES = Object.keys(routesSchema.shape) as readonly Severity[];

type ChannelName = z.infer<ReturnType<typeof channel>>;
type Routes = Readonly<Record<Severity, readonly ChannelName[]>>;
type Alerts = Environment['alerts'];

/** Of the secret with what opens the channels; named, since routers of other regions read a copy. */
export const channelsSecretName = (environment: string) => `holdfast/${environment}/alert-channels`;

const USUAL: Routes = {
  critical: ['pagerDuty', 'slack', 'email', 'sms'],
  warning: ['slack', 'email'],
  info: ['slack', 'email'],
};

/** A mail address hears of its own severities alone. */
function isSetUp({ emails, channels = {} }: Alerts, name: ChannelName, severity: Severity): boolean {
  if (name === 'email') return emails[severity].length > 0;
  return name === 'sms' ? (channels.sms ?? []).length > 0 : Boolean(channels[name]);
}

/** Who is told of each severity. */
export const routesOf = (alerts: Alerts): Routes =>
  alerts.routes ??
  (Object.fromEntries(
    SEVERITIES.map((severity) => [severity, USUAL[severity].filter((name) => isSetUp(alerts, name, severity))]),
  ) as unknown as Routes);

export const CHANNEL_RULES: readonly Rule[] = [
  ({ alerts }) =>
    unless(
      alerts.routes === undefined || alerts.channels !== undefined,
      'alerts.routes',
      'no routes without alerts.channels, since the topics mail directly then',
      alerts.routes,
    ),
  ({ alerts }) =>
    SEVERITIES.flatMap((severity) =>
      (alerts.routes?.[severity] ?? []).flatMap((name, index) =>
        unless(
          isSetUp(alerts, name, severity) && (name !== 'sms' || severity === 'critical'),
          `alerts.routes.${severity}[${index}]`,
          name === 'sms' && severity !== 'critical'
            ? 'no SMS but for what is critical'
            : `a channel that is set up in alerts.channels${name === 'email' ? ` or alerts.emails.${severity}` : ''}`,
          name,
        ),
      ),
    ),
  ({ alerts }) =>
    unless(
      alerts.channels === undefined || routesOf(alerts).critical.length > 0,
      'alerts.channels',
      'at least one channel for what is critical',
      alerts.channels,
    ),
];
