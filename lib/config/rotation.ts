/** How often secrets are replaced. What replaces them: the Rotation stack. */
import type { Environment } from './environment';

/** 0 for never by itself. */
export const rotationDaysOf = ({ rotationDays = 30 }: Environment): number => rotationDays;
