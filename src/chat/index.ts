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
export {
	anonymiseContact,
	applyReceipts,
	eraseContact,
	getReceipts,
	removeObjects,
	type Anonymised,
	type Erased,
	type ErasureOptions,
	type ObjectRemoval,
	type Receipt,
} from './erasure';
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
export { storeMessages, type Stored, type StoreMessagesOptions } from './ingest';
export type { StoredMessage } from './message';
export type { Page, PageOptions } from './paging';
