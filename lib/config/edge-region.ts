/** CloudFront takes certificates, firewalls and alarms from this region only, and Route 53 publishes there. No choice of an environment's. */
export const EDGE_REGION = 'us-east-1';
