export { OpsdeskError, errorMessage, systemMessage } from './errors';
export { matchesGlob } from './glob';
export { packageVersion } from './package-version';
export { compilePatterns, patternProblem, type PathFilter, type PatternLists } from './patterns';
export { runProcess, RunningProcess, type ProcessOptions, type ProcessResult } from './process';
export * from './site';
export { Tail } from './tail';
export { count, formatBytes, formatDuration, shorten } from './text';
export { describeFaults, parseInput, wholeNumber, type Fault } from './validation';
