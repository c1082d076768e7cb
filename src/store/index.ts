export { StoreError, type StoreErrorCode } from './errors';
export { openStore, type StoreAccess } from './open';
export { ask, page, pageSchema, toCursor, type Page, type PageOptions } from './paging';
export * from './records';
export * from './schema';
export { DatabaseStateStore } from './state-store';
export { Store, type CallOptions, type StoreOptions } from './store';
export type { PostgresAccess, SupabaseAccess } from './transport';
