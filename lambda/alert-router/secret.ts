/** What opens the channels: one secret of JSON, fetched by its ARN and kept for minutes. Never logged, never in an error. */
import { ask, type Caller } from '../aws';

/** A field that is empty or missing is a channel that isn't filled yet. */
export interface Secrets {
  /** Bot token with the scope chat:write. */
  readonly slackToken?: string;
  /** Integration key of a service's Events API v2. */
  readonly pagerDutyRoutingKey?: string;
  /** Instead of https://slack.com/api: GovSlack, or a stand-in. */
  readonly slackUrl?: string;
  /** Instead of https://events.pagerduty.com: that of the EU, or a stand-in. */
  readonly pagerDutyUrl?: string;
}

const KEPT_MS = 5 * 60_000;
let kept: { readonly at: number; readonly secrets: Secrets } | undefined;

/** @param fresh asks again, as after a refusal: the value may just have been replaced */
export async function secrets(caller: Caller, id: string, fresh = false): Promise<Secrets> {
  if (!fresh && kept && Date.now() - kept.at < KEPT_MS) return kept.secrets;
  const { SecretString = '{}' } = await ask<{ SecretString?: string }>(caller, 'secretsmanager', 'GetSecretValue', {
    SecretId: id,
  });
  let value: Secrets;
  try {
    value = JSON.parse(SecretString) as Secrets;
  } catch {
    throw new Error(`${id}: expected JSON with slackToken and pagerDutyRoutingKey, got another text`); // not which
  }
  kept = { at: Date.now(), secrets: value };
  return value;
}
