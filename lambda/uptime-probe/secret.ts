/** The synthetic user's password from Secrets Manager, kept for some minutes. */
import { sign } from 'aws4';

const KEPT_MS = 300_000;

/** A function that fetches it at most every five minutes: a new one is taken by then. */
export function secretValue(arn: string, variables: Readonly<Record<string, string | undefined>>) {
  const [, , , region = ''] = arn.split(':');
  let kept: { readonly value: string; readonly at: number } | undefined;
  return async (): Promise<string> => {
    if (kept && Date.now() - kept.at < KEPT_MS) return kept.value;
    const endpoint = new URL(variables.AWS_ENDPOINT_URL ?? `https://secretsmanager.${region}.amazonaws.com`);
    const body = JSON.stringify({ SecretId: arn });
    const { headers } = sign(
      {
        service: 'secretsmanager',
        region,
        host: endpoint.host,
        method: 'POST',
        path: '/',
        body,
        headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'secretsmanager.GetSecretValue' },
      },
      {
        accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? '',
        sessionToken: variables.AWS_SESSION_TOKEN,
      },
    );
    const answer = await fetch(endpoint, { method: 'POST', body, headers: headers as Record<string, string> });
    if (!answer.ok) throw new Error(`Secrets Manager: expected status 200, got ${answer.status}`);
    kept = { value: ((await answer.json()) as { SecretString: string }).SecretString, at: Date.now() };
    return kept.value;
  };
}
