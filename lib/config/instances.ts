/** The instance classes an environment may name, with what the rules need to know of them. Not prices. */

/** PostgreSQL classes and their `max_connections`, RDS's default LEAST(memory bytes / 9531392, 5000); memory from the RDS user guide. */
const gibibytes = { micro: 1, small: 2, medium: 4, large: 8, xlarge: 16, '2xlarge': 32, '4xlarge': 64 } as const;
type Size = keyof typeof gibibytes;

const BURSTABLE: readonly Size[] = ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge'];
const FIXED: readonly Size[] = ['large', 'xlarge', '2xlarge', '4xlarge'];

const classes = (family: string, sizes: readonly Size[], memory = 1) =>
  sizes.map((size) => [`${family}.${size}`, gibibytes[size] * memory] as const);

const memoryOf = new Map<string, number>([
  ...classes('t4g', BURSTABLE),
  ...classes('t3', BURSTABLE),
  ...classes('m6g', FIXED),
  ...classes('m7g', FIXED),
  ...classes('m8g', FIXED),
  ...classes('r6g', FIXED, 2),
  ...classes('r7g', FIXED, 2),
  ...classes('r8g', FIXED, 2),
]);

/** ElastiCache node classes. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html */
const CACHE_CLASSES = new Set([
  ...['micro', 'small', 'medium'].flatMap((size) => [`t3.${size}`, `t4g.${size}`]),
  ...['m6g', 'm7g', 'r6g', 'r7g'].flatMap((family) =>
    ['large', 'xlarge', '2xlarge', '4xlarge'].map((s) => `${family}.${s}`),
  ),
]);

/** Fleet classes: arm64 only, as the images in `images.ts` are. */
const FLEET_CLASSES = new Set([
  ...['small', 'medium', 'large', 'xlarge', '2xlarge'].map((size) => `t4g.${size}`),
  ...['c6g', 'c7g', 'c8g', 'm6g', 'm7g', 'm8g', 'r6g', 'r7g', 'r8g'].flatMap((family) =>
    ['medium', 'large', 'xlarge', '2xlarge', '4xlarge'].map((size) => `${family}.${size}`),
  ),
]);

export const isDatabaseClass = (name: string) => memoryOf.has(name);
export const isCacheClass = (name: string) => CACHE_CLASSES.has(name);
export const isFleetClass = (name: string) => FLEET_CLASSES.has(name);

/** Memory of a database class. 0 for an unknown one. */
export const memoryBytes = (name: string) => (memoryOf.get(name) ?? 0) * 1024 ** 3;

/** Connections a database of this class takes. 0 for an unknown class. */
export const maxConnections = (name: string) => Math.min(5000, Math.floor(memoryBytes(name) / 9531392));
