/** Custom resource: brings a deployment's site into its bucket. See deployment.ts for when it does not. */
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { customResource } from '../custom-resource';
import { type Change, deploySite, type SiteProperties } from './deployment';

const propertiesOf = (properties: unknown) => properties as SiteProperties;

const changeOf = (event: CloudFormationCustomResourceEvent): Change => {
  const now = propertiesOf(event.ResourceProperties);
  return event.RequestType === 'Update'
    ? { type: 'Update', now, before: propertiesOf(event.OldResourceProperties) }
    : { type: event.RequestType, now };
};

export const handler = customResource(
  (event) =>
    deploySite(changeOf(event), `${event.StackId} ${event.LogicalResourceId}`, {
      say: (text) => console.log(text),
      sent: () => {},
    }),
  ({ ResourceProperties }) => propertiesOf(ResourceProperties).bucket, // another bucket is another resource
);
