/** A custom resource's handler, called as CloudFormation does, which is a server that hears its answer. */
import { json } from 'node:stream/consumers';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { end, listen, portOf } from './nginx';

interface Answered {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** What a custom resource's handler answers CloudFormation. */
export async function answerOf(
  handler: (event: CloudFormationCustomResourceEvent) => Promise<void>,
  RequestType: 'Create' | 'Update' | 'Delete',
  ResourceType: string,
  properties: object,
): Promise<Answered> {
  let answer: unknown;
  const cloudformation = await listen(async (asked, response) => {
    answer = await json(asked);
    response.end();
  });
  try {
    await handler({
      RequestType,
      ResourceType,
      ResponseURL: `http://127.0.0.1:${portOf(cloudformation)}/`,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Resource',
      PhysicalResourceId: 'Resource',
      ResourceProperties: properties,
    } as unknown as CloudFormationCustomResourceEvent);
    return answer as Answered;
  } finally {
    await end(cloudformation);
  }
}
