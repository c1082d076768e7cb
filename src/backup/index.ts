export { backUpSite, type BackUpOptions } from './back-up';
export type { BackupContext, BackupProgress } from './context';
export { BackupError, type BackupErrorCode } from './errors';
export { listSite, type ListOptions, type ListReport } from './list';
export type { LockTimes } from './lock';
export type * from './reports';
export { planRestore, restoreSite, type RestoreOptions } from './restore-site';
export { inOwnThread } from './threads/in-own-thread';
export { verifySite, type VerifyOptions } from './verify-site';
