/** CloudFront's origin-facing managed prefix list in each region: fixed ids of AWS, here since synthesis looks nothing up. */
const CLOUDFRONT_ORIGIN_FACING: Readonly<Record<string, string>> = {
  'ap-northeast-1': 'pl-58a04531',
  'ap-south-1': 'pl-9aa247f3',
  'ap-southeast-1': 'pl-31a34658',
  'ap-southeast-2': 'pl-b8a742d1',
  'ca-central-1': 'pl-38a64351',
  'eu-central-1': 'pl-a3a144ca',
  'eu-north-1': 'pl-fab65393',
  'eu-west-1': 'pl-4fa04526',
  'eu-west-2': 'pl-93a247fa',
  'eu-west-3': 'pl-75b1541c',
  'sa-east-1': 'pl-5da64334',
  'us-east-2': 'pl-b6a144df',
  'us-west-1': 'pl-4ea04527',
  'us-west-2': 'pl-82a045eb',
};

export const KNOWN_REGIONS = Object.keys(CLOUDFRONT_ORIGIN_FACING);

/** The list's id; '' for a region that isn't in the table, which the rules refuse. */
export const cloudFrontPrefixList = (region: string) => CLOUDFRONT_ORIGIN_FACING[region] ?? '';
