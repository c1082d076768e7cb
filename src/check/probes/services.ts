export { probeBackup } from './backup';
export { probeContainer } from './container';
export { probeEngine } from './engine';
export { probeHost } from './host';
export { probeN8n } from './n8n';
export { probePostgres } from './postgres';
export { probeRedis } from './redis';
export type { ServiceReason } from './service/reasons';
export { probeSupabase } from './supabase';
