export * from './channel-accounts';
export { getErrorLogs, recordError, type ErrorEntry, type ErrorInput, type ErrorQuery } from './error-log';
export * from './faq';
export { readSiteDefinitions, type ReadSiteDefinitions } from './kept-site-definitions';
export {
	getMember,
	getMembers,
	removeMember,
	saveMember,
	type Member,
	type MemberFields,
	type MemberName,
	type MemberQuery,
	type MemberRole,
	type RemovedMember,
	type SavedMember,
} from './members';
export { renderTemplate, type TemplateValues } from './render';
export { getSiteDefinitions, type SiteDefinitions } from './site-definitions';
export * from './site-events';
export * from './teams';
export * from './templates';
export * from './tenants';
export {
	deleteWebsite,
	getWebsite,
	getWebsites,
	saveWebsite,
	type DeletedWebsite,
	type Website,
	type WebsiteFields,
	type WebsiteName,
} from './websites';
