/** AWS as the machine speaks to it: one client of each service, kept between looks. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';

export const autoScaling = new AutoScalingClient({});
export const balancing = new ElasticLoadBalancingV2Client({});
export const cloudWatch = new CloudWatchClient({});
export const cloudFormation = new CloudFormationClient({});
export const events = new EventBridgeClient({});
export const s3 = new S3Client({});
