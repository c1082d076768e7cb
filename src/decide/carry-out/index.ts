export type { Alert, Severity } from './alerts';
export { carryOut, type CarriedOut } from './carry-out';
export type { DecidedInput } from './decided';
export type { Heard } from './heard';
export type { Posted } from './post';
