/** Who asks: from the environment as it stands, else from the SDK's chain (profiles, SSO, web identity, instance), which costs 30 ms to load. */
import { PublishError } from '../error';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Asked before each request: what expires is renewed by the chain. */
export type CredentialsProvider = () => Promise<Credentials>;

export function defaultCredentials(env = process.env): CredentialsProvider {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_PROFILE: profile } = env;
  if (accessKeyId && secretAccessKey && !profile) {
    const found = Promise.resolve({ accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN || undefined });
    return () => found;
  }
  let chain: Promise<CredentialsProvider> | undefined;
  return async () => {
    chain ??= import('@aws-sdk/credential-provider-node').then(({ defaultProvider }) => defaultProvider());
    try {
      return await (await chain)();
    } catch (error) {
      const got = (error as Error).message.split('\n')[0];
      throw new PublishError(
        `credentials: expected some, got ${got}; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      );
    }
  };
}
