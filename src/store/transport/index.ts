export { Failure, failureOf } from './failure';
export { PostgresTransport, type PostgresAccess } from './postgres';
export { SupabaseTransport, type SupabaseAccess } from './supabase';
export type { Transport } from './transport';
