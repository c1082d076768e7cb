import { decideStored } from '../../../../src/decide';
import { openStore } from '../../../../src/store';

/** A worker that decides on messages, and tells the id of each decision and whether it has made it. */
const { access, tenant, messages } = JSON.parse(process.argv[2] ?? '{}') as {
	access: Parameters<typeof openStore>[0];
	tenant: string;
	messages: number[];
};

async function main(): Promise<void> {
	const store = openStore(access, { tenant });
	for (const messageId of messages) {
		const { id, status } = await decideStored(store, { messageId });
		console.log(JSON.stringify({ messageId, id, isNew: status === 'new' }));
	}
	await store.close();
}

void main();
