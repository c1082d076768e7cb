export type { BackUpOptions } from './back-up';
export type { WithRecovery } from './consistency/after-recovery';
export { holdContainers, type HeldContainers } from './consistency/hold-containers';
export { containersInUse, type QuietHold } from './consistency/holds';
export type { JournalTimes } from './consistency/holder-life';
export { recoverContainers, type RecoverOptions, type Recovery } from './consistency/recover';
export type { BackupContext, BackupProgress } from './context';
export type { DrillOptions } from './drill/drill-site';
export type { DrilledArtefact, DrillOutcome, DrillReport } from './drill/report';
export { keysFromTexts, passphraseOfFile, type KeyTexts } from './age/key-text';
export { generateKey, type GeneratedKey } from './age/generate';
export { describeKeys } from './describe-keys';
export { openEncryption } from './encryption';
export { BackupError, type BackupErrorCode } from './errors';
export type { KeptOptions, RemoveKeptOptions } from './kept/kept-copies';
export type { KeptCopy, KeptReport, RemovalReport } from './kept/reports';
export type { ListOptions, ListReport } from './list';
export type { LockTimes } from './lock';
export type { HoldOptions, MarkOptions, MarkReport } from './mark-site';
export * from './monitor';
export {
	backUpSite,
	confirmSite,
	drillSite,
	holdSite,
	listKeptCopies,
	listSite,
	planRestore,
	pruneSite,
	releaseSite,
	removeKeptCopies,
	restoreSite,
	statusSite,
	verifySite,
} from './operations';
export { describeOutcome, type PruneOptions } from './prune-site';
export type * from './reports';
export { hostFoldersOfDatabases } from './restore/container-path';
export type { RestoreOptions } from './restore-site';
export { planRetention, type RetentionDecision } from './retention/plan';
export type { RetentionPoint } from './retention/point';
export type * from './retention/reports';
export type { StatusOptions } from './status-site';
export type { DestinationStatus, StatusFinding, StatusReport } from './catalogue/summarise';
export { inOwnThread } from './threads/in-own-thread';
export type { BackupSecrets, EncryptionKeys } from './secrets';
export type { VerifyOptions } from './verify-site';
export { siteFromBackups } from './site-from-backups';
