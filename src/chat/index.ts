export { getArchivedMessages, type ArchivedMessage, type ArchiveQuery } from './archive';
export {
	getConsent,
	getHolds,
	liftHold,
	placeHold,
	setConsent,
	type Consent,
	type ConsentGiven,
	type Hold,
} from './consent';
export {
	findOrCreateContact,
	getContact,
	getContacts,
	linkIdentity,
	mergeContacts,
	updateContact,
	type Contact,
	type ContactFields,
	type ContactName,
	type Identity,
} from './contacts';
export {
	getConversation,
	getConversations,
	markRead,
	summariseStatistics,
	updateConversation,
	type Conversation,
	type ConversationFields,
	type ConversationQuery,
} from './conversations';
export { deleteMessages } from './deletion';
export { anonymiseContact, eraseContact, type Anonymised, type Erased, type ErasureOptions } from './erasure';
export { exportContact, type ExportLine } from './export';
export {
	getContext,
	getMessages,
	searchMessages,
	type Context,
	type ContextOptions,
	type ConversationName,
	type MessageQuery,
	type SearchQuery,
} from './history';
export { importRows, type ImportOptions } from './import/import-rows';
export type { Imported, RowProblem, RowStatus } from './import/report';
export type { SourceRow } from './import/row';
export { importSources, importTables, tablesNotTaken, type ImportSource } from './import/tables';
export { parseMessage, storeMessages, type Stored, type StoreMessagesOptions } from './ingest';
export { KeptReceipts } from './kept-receipts';
export type { StoredMessage } from './message';
export {
	getObjectRemovals,
	removeObjects,
	settleObjectRemovals,
	type ObjectRemoval,
	type SettledRemoval,
} from './object-removals';
export type { Page, PageOptions } from './paging';
export { applyReceipts, getReceipts, parseReceipt, type Receipt } from './receipts';
export {
	runRetention,
	runRetentionOfAll,
	type RetentionKind,
	type RetentionOptions,
	type RetentionResult,
	type TenantRetention,
} from './retention';
export {
	getRetentionPolicy,
	setRetentionPolicy,
	type RetentionChange,
	type RetentionPolicy,
} from './retention-policy';
export type { Sealing, Unopened } from './sealing/contact';
export { findContacts, type FoundContacts } from './sealing/find';
export { describeFieldKeys, FieldKeys, fieldKeys, generateFieldKey } from './sealing/keys';
export type { ErasureKeys } from './sealing/opened-for-masking';
export { resealContacts, type Resealed, type ResealOptions } from './sealing/reseal';
