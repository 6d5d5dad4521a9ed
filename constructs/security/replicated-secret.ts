/** Copies of a secret in other regions, which Secrets Manager keeps in step: read there, written never. Makes no secret. */
import { ArnFormat, type CfnResource, Fn, ReferenceStrength, Stack } from 'aws-cdk-lib';
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
  const there = Stack.consumeReference(ref, ReferenceStrength.WEAK); // asked for at a deployment, and never again
  const secretCompleteArn = Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: Fn.select(NAME, Fn.split(':', there)),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return Secret.fromSecretAttributes(scope, id, { secretCompleteArn, encryptionKey });
}
