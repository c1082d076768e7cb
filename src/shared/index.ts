export { OpsdeskError, errorMessage } from './errors';
export { globToRegExp } from './glob';
export { count, shorten } from './text';
export { describeFaults, parseInput, type Fault } from './validation';
