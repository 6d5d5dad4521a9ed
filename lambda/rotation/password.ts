/** New passwords: letters and digits alone, since they stand in URLs and in configuration files. */
import { randomInt } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** 285 bits. */
export const newPassword = (): string => Array.from({ length: 48 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
