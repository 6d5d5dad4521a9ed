/** AWS as the machine speaks to it: one client of each service, kept between looks. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';

/** Without them a call that is never answered takes all of the function's time, and an alarm is heard minutes later. */
const requestHandler = { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true };

export const autoScaling = new AutoScalingClient({ requestHandler });
export const balancing = new ElasticLoadBalancingV2Client({ requestHandler });
export const cloudWatch = new CloudWatchClient({ requestHandler });
export const cloudFormation = new CloudFormationClient({ requestHandler });
export const events = new EventBridgeClient({ requestHandler });
export const s3 = new S3Client({ requestHandler });
