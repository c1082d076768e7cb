export { artefactName, artefactNames, n8nArtefacts, type ArtefactKind } from './artefacts';
export { consistencyOf, type ConsistencyRules, type ContainerHook } from './consistency';
export type { DrillCheck, SiteDrill } from './drill';
export type { SiteEncryption } from './encryption';
export { databaseField, engineNameField } from './fields';
export { SiteError, type SiteErrorCode, type SiteFault } from './errors';
export { siteJsonSchema } from './json-schema';
export { parseSites, readCheckedSites, readSiteFile, readSites, type ReadOptions } from './reader';
export type { ConfigSource } from './configs';
export type { N8nSource } from './n8n';
export { maintenanceEnd, maintenanceSchema, type MaintenanceWindow } from './maintenance';
export { suggestName } from './names';
export { recipientProblem } from './recipients';
export { destinationSchema, type Destination, type S3DestinationDefinition } from './destinations';
export { endpointProblem } from './s3-fields';
export { intervalMs, parseDuration, type DurationParts } from './durations';
export { weekdays, type BackupExpectation } from './expectation';
export { retentionSchema, type RetentionPolicy, type RetentionPolicyInput } from './retention';
export { siteSchema, type CheckedSite, type Site, type SiteInput } from './schema';
export type {
	DatabaseSource,
	DirectorySource,
	PostgresContainerSource,
	PostgresServerSource,
	PostgresSource,
	SqliteSource,
	VolumeSource,
} from './sources';
export { parseText, type SiteFormat } from './text';
export { timeZoneField } from './time-zone';
export {
	checkSchema,
	checksSchema,
	engineSchema,
	type Check,
	type CheckInput,
	type CheckOf,
	type CheckType,
} from './checks';
