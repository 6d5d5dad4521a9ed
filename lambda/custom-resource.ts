/** How our custom resources answer CloudFormation: success, or a failure with its reason. Never an exception, which would hold the deployment. */
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** Of CloudFormation, for the whole answer: 4 KB. */
const LONGEST_REASON = 1000;

async function answer(event: CloudFormationCustomResourceEvent, id: string, reason?: string): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const Status = reason === undefined ? 'SUCCESS' : 'FAILED';
  const Reason = reason?.slice(0, LONGEST_REASON);
  const body = JSON.stringify({ StackId, RequestId, LogicalResourceId, PhysicalResourceId: id, Status, Reason });
  await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
}

/**
 * A handler that answers with what `work` did.
 * @param idOf the physical id: another one after an update has CloudFormation delete the old resource. @default the logical id
 */
export const customResource =
  (
    work: (event: CloudFormationCustomResourceEvent) => Promise<void>,
    idOf: (event: CloudFormationCustomResourceEvent) => string = ({ LogicalResourceId }) => LogicalResourceId,
  ) =>
  async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const id = event.RequestType === 'Delete' ? event.PhysicalResourceId : idOf(event);
    try {
      await work(event);
      await answer(event, id);
    } catch (error) {
      console.error(error);
      await answer(event, id, (error as Error).message);
    }
  };
