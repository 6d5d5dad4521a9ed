/** The image of the servers: Amazon Linux 2023, arm64, pinned per region. Not what is installed on it: app/server. */

/**
 * Region → image. A pinned image makes every server the same, and a new one is a reviewed change that replaces them one by
 * one. Refresh a row with
 *
 *   aws ssm get-parameter --region REGION --query Parameter.Value --output text \
 *     --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64
 */
const PINNED: Readonly<Record<string, string>> = {};

/** Where a region has no row: EC2 asks when it launches a server, so no deployment replaces others for a newer image. */
const PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';

export type ServerImage = { readonly id: string } | { readonly parameter: string };

export function serverImage(region: string, pinned = PINNED): ServerImage {
  const id = pinned[region];
  return id === undefined ? { parameter: PARAMETER } : { id };
}
