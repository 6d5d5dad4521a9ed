/** User data of a server, as short as it can be: environment, archive, checksum, first boot, signal. The rest is app/server's. */

export interface Boot {
  readonly region: string;
  readonly stackName: string;
  /** Logical id of the group that waits for the signal when it is created. */
  readonly groupId: string;
  /** Archive of app/server and the sha256 of its bytes. */
  readonly archive: { readonly url: string; readonly sha256: string };
  /** Names and addresses, never a secret: user data can be read by everyone who may describe instances. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Lines of a shell script. A failing one tells CloudFormation at once; later launches signal to nobody, which does no harm. */
export const bootCommands = ({ region, stackName, groupId, archive, environment }: Boot): readonly string[] => [
  'set -euo pipefail',
  `export AWS_REGION=${region}`,
  `signal() { aws cloudformation signal-resource --stack-name ${stackName} --logical-resource-id ${groupId} --unique-id "$(ec2-metadata --quiet --instance-id)" --status "$1" || true; }`,
  "trap 'signal FAILURE' ERR",
  'install -d /etc/holdfast /opt/holdfast/server',
  "cat >/etc/holdfast/environment <<'END'",
  ...Object.entries({ AWS_REGION: region, ...environment }).map(([name, value]) => `${name}='${value}'`),
  'END',
  `aws s3 cp --only-show-errors ${archive.url} /opt/holdfast/server.tar`,
  `echo '${archive.sha256}  /opt/holdfast/server.tar' | sha256sum --check --status`,
  'tar -x -f /opt/holdfast/server.tar -C /opt/holdfast/server --no-same-owner',
  '/opt/holdfast/server/first-boot.sh',
  'signal SUCCESS',
];
