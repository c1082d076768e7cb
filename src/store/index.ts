export { StoreError, type StoreErrorCode } from './errors';
export { openStore, type StoreAccess } from './open';
export * from './schema';
export { DatabaseStateStore } from './state-store';
export { Store, type CallOptions, type StoreOptions } from './store';
export type { PostgresAccess, SupabaseAccess } from './transport';
