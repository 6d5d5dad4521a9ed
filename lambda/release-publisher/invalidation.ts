/** Tells CloudFront to ask for changed paths again. What fails here breaks nothing: pages revalidate anyway, so it warns. */

const LONGEST_MS = 20_000;
const TRIES = 8;

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same by hand. */
export const invalidationCommand = (distribution: string, paths: readonly string[]) =>
  `aws cloudfront create-invalidation --distribution-id ${distribution} --paths ${paths.map(quoted).join(' ')}`;

/**
 * How many paths were invalidated.
 * @param reference the same for each try, so that CloudFront makes one of them
 */
export async function invalidate(
  distribution: string,
  paths: readonly string[],
  reference: string,
  warn: (text: string) => void,
): Promise<number> {
  const { CloudFrontClient, CreateInvalidationCommand } = await import('@aws-sdk/client-cloudfront'); // only where it is needed: it costs 100 ms
  const client = new CloudFrontClient({ region: 'us-east-1', maxAttempts: TRIES });
  const batch = { CallerReference: reference, Paths: { Quantity: paths.length, Items: [...paths] } };
  try {
    const command = new CreateInvalidationCommand({ DistributionId: distribution, InvalidationBatch: batch });
    await client.send(command, { abortSignal: AbortSignal.timeout(LONGEST_MS) });
    return paths.length;
  } catch (error) {
    const { name, message } = error as Error;
    warn(
      `invalidation of ${distribution}: expected success, got ${name}: ${message.split('\n')[0]}; the site is published, repeat: ${invalidationCommand(distribution, paths)}`,
    );
    return 0;
  }
}
