export * from './alert';
export { CheckError, type CheckErrorCode } from './errors';
export { availabilityOf, History, type Availability } from './history';
export { checkMetrics, exposition } from './metrics';
export {
	lookAt,
	type BackupState,
	type CredentialKind,
	type CheckSecrets,
	type Finding,
	type Probe,
	type ProbeContext,
} from './probes';
export {
	getReport,
	joinReports,
	statusPage,
	type CheckReport,
	type PageOptions,
	type Report,
	type ReportOptions,
	type Slice,
} from './report';
export {
	acknowledge,
	confirmAlert,
	silence,
	unmark,
	type Marked,
	type PersonsWordOptions,
} from './sweep/answers';
export type { Alert } from './sweep/alerts';
export {
	getUptime,
	type CheckUptime,
	type OutageReport,
	type SiteUptime,
	type UptimeOptions,
	type UptimeReport,
} from './uptime/uptime';
export { calendarMonth } from './uptime/month';
export { checkSets } from './sweep/memory';
export type { CheckResult } from './sweep/result';
export { lookAtTarget, type SingleOptions } from './sweep/single';
export type { Caller } from './sweep/users';
export { runChecks, type CheckRun, type RunOptions } from './sweep/run';
export {
	parseChecks,
	parseMaintenance,
	readChecks,
	soundTargetsOf,
	targetsOf,
	targetsOfChecks,
	type Target,
	type TargetFault,
} from './sweep/targets';
export {
	checkCertificate,
	checkCertificates,
	domainExpiry,
	hostsOfLabels,
	hostsOfSite,
	hostVariables,
	parseTarget,
	parseTargets,
	readCertificateFiles,
	targetName,
	type CertificateFile,
	type CertificateFinding,
	type CertificateInfo,
	type CertificateOptions,
	type CertificateReport,
	type CertificateStatus,
	type CertificateTarget,
	type DomainReport,
} from './tls';
