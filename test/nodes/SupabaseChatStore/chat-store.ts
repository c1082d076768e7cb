import { SupabaseChatStore } from '../../../nodes/SupabaseChatStore/SupabaseChatStore.node';
import type { Supabase } from '../../support/supabase';
import { storeNodeRunner } from '../store-node';

export { byId, byPlatform, storeCredentials, type StoreRunOptions } from '../store-node';

export const type = 'n8n-nodes-opsdesk.supabaseChatStore';

/** The node "Store" in n8n's engine, over a stand. */
export const nodeRunner = (supabase: Pick<Supabase, 'url' | 'secretKey' | 'ownerUrl'>) =>
	storeNodeRunner(type, SupabaseChatStore, supabase);
export type NodeRunner = ReturnType<typeof nodeRunner>;
