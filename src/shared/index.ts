export { commandOf } from './command-line';
export { OpsdeskError, errorMessage, systemCode, systemMessage } from './errors';
export { matchesGlob } from './glob';
export { maskSecrets } from './mask';
export {
	attachmentSchema,
	messageInputSchema,
	messageSchema,
	type Attachment,
	type Message,
	type MessageInput,
} from './message';
export type { MetricFamily, MetricSample } from './metric';
export { executionRetention, type ExecutionRetention } from './execution-retention';
export { isN8nKey, n8nAddress } from './n8n-address';
export { packageVersion } from './package-version';
export { compilePatterns, patternProblem, type PathFilter, type PatternLists } from './patterns';
export { isGone, ownIdentity, type ProcessIdentity } from './process-identity';
export { runProcess, RunningProcess, type ProcessOptions, type ProcessResult } from './process';
export * from './site';
export * from './state';
export { Tail } from './tail';
export { blockBytes, endOfArchive, padding, tarHeader, type TarEntry } from './tar-header';
export { InvalidHeader, isZeroBlock, parseHeader, parseRecords, type ParsedEntry } from './tar-parse';
export { count, formatBytes, formatDuration, shorten } from './text';
export { describeFaults, parseInput, wholeNumber, type Fault } from './validation';
