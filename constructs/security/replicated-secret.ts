/** Copies of a secret in other regions, which Secrets Manager keeps in step: read there, written never. Makes no secret. */
import { ArnFormat, CfnOutput, type CfnResource, Fn, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** What comes after the last colon of a secret's ARN is the same in every region. */
const NAME = 6;

/**
 * The copy in the scope's region of a secret of another one; whoever made the secret has to copy it there.
 * @param encryptionKey of the copy @default the region's own for secrets
 */
export function replicaOf(scope: Construct, id: string, secret: ISecret, encryptionKey?: IKey): ISecret {
  const { ref } = secret.node.defaultChild as CfnResource; // the ARN, of the secret and of its attachment to a database
  const [there, here] = [Stack.of(secret), Stack.of(scope)];
  const name = new CfnOutput(secret, 'NameInEveryRegion', { value: Fn.select(NAME, Fn.split(':', ref)) });
  here.addStackDependency(there, 'it is told the names of secrets');
  const secretCompleteArn = here.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: Fn.getStackOutput(there.stackName, there.getLogicalId(name), there.region), // asked for at a deployment, and never again
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return Secret.fromSecretAttributes(scope, id, { secretCompleteArn, encryptionKey });
}
