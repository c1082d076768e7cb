export { artefactName, artefactNames, type ArtefactKind } from './artefacts';
export { SiteError, type SiteErrorCode, type SiteFault } from './errors';
export { siteJsonSchema } from './json-schema';
export { parseSites, readSiteFile, readSites, type ReadOptions } from './reader';
export {
	siteSchema,
	type DatabaseSource,
	type Destination,
	type DirectorySource,
	type Site,
	type SiteInput,
	type VolumeSource,
} from './schema';
export type { SiteFormat } from './text';
