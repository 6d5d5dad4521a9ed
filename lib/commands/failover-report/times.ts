/** How long DNS takes to lead visitors elsewhere, from the settings of health checks and records. Measures nothing. */

export interface Switch {
  /** Between checks. */
  readonly intervalS: number;
  /** In a row. */
  readonly failures: number;
  /** How long resolvers keep an answer. */
  readonly ttlS: number;
}

/** A tier that hangs fails a check only after 4 s to connect and 2 s to answer (Route 53, "How Route 53 determines whether a health check is healthy"). */
export const CHECK_LIMIT_S = 6;

export interface Times {
  readonly detectionS: number;
  /** On average: a tier fails in the middle of an interval, and an answer is half old. */
  readonly usualS: number;
  readonly atMostS: number;
}

/** Not counted: Route 53 telling its own name servers, for which AWS gives no figure, and resolvers that keep answers for longer than they may. */
export function timesOf({ intervalS, failures, ttlS }: Switch): Times {
  const detectionS = intervalS * failures + CHECK_LIMIT_S;
  return { detectionS, usualS: intervalS * (failures - 0.5) + ttlS / 2, atMostS: detectionS + ttlS };
}
