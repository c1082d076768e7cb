export { artefactName, artefactNames, type ArtefactKind } from './artefacts';
export { SiteError, type SiteErrorCode, type SiteFault } from './errors';
export { siteJsonSchema } from './json-schema';
export { parseSites, readSiteFile, readSites, type ReadOptions } from './reader';
export type { Destination } from './destinations';
export { siteSchema, type Site, type SiteInput } from './schema';
export type { DatabaseSource, DirectorySource, PostgresSource, SqliteSource, VolumeSource } from './sources';
export type { SiteFormat } from './text';
