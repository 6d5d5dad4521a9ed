/** The synthetic user's password from Secrets Manager, kept for some minutes. */
import { ask, ownCaller } from '../aws';

const KEPT_MS = 300_000;

/** A function that fetches it at most every five minutes: a new one is taken by then. */
export function secretValue(arn: string) {
  let kept: { readonly value: string; readonly at: number } | undefined;
  return async (): Promise<string> => {
    if (kept && Date.now() - kept.at < KEPT_MS) return kept.value;
    const { SecretString } = await ask<{ SecretString: string }>(ownCaller(), 'secretsmanager', 'GetSecretValue', {
      SecretId: arn,
    });
    kept = { value: SecretString, at: Date.now() };
    return SecretString;
  };
}
