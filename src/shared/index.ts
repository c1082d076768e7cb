export { OpsdeskError, errorMessage, systemMessage } from './errors';
export { matchesGlob } from './glob';
export { compilePatterns, patternProblem, type PathFilter, type PatternLists } from './patterns';
export * from './site';
export { count, shorten } from './text';
export { describeFaults, parseInput, wholeNumber, type Fault } from './validation';
