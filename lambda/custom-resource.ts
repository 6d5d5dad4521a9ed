/** How our custom resources answer CloudFormation: success with attributes, or a failure with its reason. Never an exception, which would hold the deployment. */
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** Of CloudFormation, for the whole answer: 4 KB. */
const LONGEST_REASON = 1000;

/** What a template may take by `Fn::GetAtt`. */
type Attributes = Readonly<Record<string, string>>;

async function answer(event: CloudFormationCustomResourceEvent, id: string, done: Attributes | Error): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const result =
    done instanceof Error
      ? { Status: 'FAILED', Reason: done.message.slice(0, LONGEST_REASON) }
      : { Status: 'SUCCESS', Data: done };
  const body = JSON.stringify({ StackId, RequestId, LogicalResourceId, PhysicalResourceId: id, ...result });
  await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
}

/**
 * A handler that answers with what `work` did.
 * @param work Returns the resource's attributes, if it has some.
 * @param idOf the physical id: another one after an update has CloudFormation delete the old resource. @default the logical id
 */
export const customResource =
  (
    // biome-ignore lint/suspicious/noConfusingVoidType: most have no attributes
    work: (event: CloudFormationCustomResourceEvent) => Promise<Attributes | void>,
    idOf: (event: CloudFormationCustomResourceEvent) => string = ({ LogicalResourceId }) => LogicalResourceId,
  ) =>
  async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const id = event.RequestType === 'Delete' ? event.PhysicalResourceId : idOf(event);
    try {
      await answer(event, id, (await work(event)) ?? {});
    } catch (error) {
      console.error(error);
      await answer(event, id, error as Error);
    }
  };
