import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { chatFieldKeyApiTest } from '../shared/chat-field-key-credential';
import { searchConversations } from '../shared/store/search';
import { description } from './actions';
import { resourcesWithFields } from './actions/field-keys';
import { router } from './actions/router';
import { searchContacts } from './methods/listSearch';
import { recordSearch } from './methods/recordSearch';

export class SupabaseChatStore implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Supabase Chat Store',
		name: 'supabaseChatStore',
		icon: { light: 'file:supabaseChatStore.svg', dark: 'file:supabaseChatStore.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description:
			'Keep every chat message exactly once, find it again, and give it back to or erase it for its author',
		defaults: { name: 'Supabase Chat Store' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		credentials: [
			{ name: 'supabaseApi', required: true, displayOptions: shownFor('supabaseApi') },
			{ name: 'postgres', required: true, displayOptions: shownFor('postgres') },
			{
				name: 'chatFieldKeyApi',
				displayName: 'Chat Field Key (Sealed Fields of Contacts)',
				required: false,
				testedBy: 'chatFieldKeyApiTest',
				displayOptions: { show: { resource: resourcesWithFields } },
			},
		],
		properties: description,
	};

	methods = {
		credentialTest: { chatFieldKeyApiTest },
		listSearch: { searchContacts, searchConversations, ...recordSearch },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}

/** Those that ask nobody need none. */
function shownFor(credential: string) {
	return { show: { authentication: [credential] }, hide: { operation: ['getExecutionRetention', 'getSql'] } };
}
