import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';
import { aged, edited } from './retention-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-kept-files');
});
afterAll(() => stand?.close());

const anna = { id: '5550017', name: 'Zorlanda Quexley' };
const who = { identity: { platform: 'telegram', id: anna.id } };
const boris = { id: '31', name: 'Boris' };
const club = { id: 'club', kind: 'group' } as const;
const files = (...paths: string[]) => ({
	attachments: paths.map((path) => ({ kind: 'photo', storage: { provider: 's3', bucket: 'b', path } })),
});

describe.each(transportNames)('files that are to be removed, over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
	});
	const listed = async () => (await chat.getObjectRemovals(store)).map(({ path }) => path).sort();

	test('one that another message has meanwhile stays, and goes with that message', async () => {
		await chat.storeMessages(store, [
			message({ chat: club, sender: anna, ...files('same.png', 'hers.png') }),
		]);
		await chat.eraseContact(store, who);
		await chat.storeMessages(store, [message({ chat: club, sender: boris, ...files('same.png') })]);
		expect(await listed()).toEqual(['hers.png']);
		await chat.eraseContact(store, { identity: { platform: 'telegram', id: boris.id } });
		expect(await listed()).toEqual(['hers.png', 'same.png']);
	});

	test('one that a former version or an archived message has is not removed when an erased person sends it', async () => {
		const changed = aged(1, { chat: club, sender: boris, ...files('former.png') });
		const { sentAt: _, attachments: __, ...same } = changed;
		const archived = aged(100, { chat: club, sender: boris, ...files('archived.png') });
		await chat.storeMessages(store, [
			message({ chat: club, sender: anna }),
			changed,
			{ ...same, event: 'edit', text: 'other', editedAt: new Date().toISOString() },
			archived,
		]);
		await chat.runRetention(store, { dryRun: false });
		await chat.eraseContact(store, who);
		const again = message({ chat: club, sender: anna, ...files('former.png', 'archived.png', 'new.png') });
		expect(await chat.storeMessages(store, [again])).toMatchObject([{ reason: 'erased' }]);
		expect(await listed()).toEqual(['new.png']);
	});

	test('one that a message of the same call has is not removed with the refused one beside it', async () => {
		await chat.storeMessages(store, [message({ chat: club, sender: anna })]);
		await chat.eraseContact(store, who);
		await chat.storeMessages(store, [
			message({ chat: club, sender: anna, ...files('same.png') }),
			message({ chat: club, sender: boris, ...files('same.png') }),
		]);
		expect(
			await stand.supabase.exec(`select from opsdesk.object_removals where tenant_id = $1`, [store.tenant]),
		).toEqual([]);
	});

	test('CS-17 thousands are removed by one call, each tried once; what fails stays listed and is tried first by no call', async () => {
		const amount = 2300;
		await stand.supabase.exec(
			`insert into opsdesk.object_removals (tenant_id, storage_provider, storage_bucket, storage_path)
			select $1, 's3', 'b', n || '.png' from generate_series(1, $2::int) n`,
			[store.tenant, amount],
		);
		const isLost = (path: string) => /^\d*00\.png$/.test(path);
		const tried: string[] = [];
		const remove = async ({ path }: chat.ObjectRemoval): Promise<void> => {
			tried.push(path);
			if (isLost(path)) throw new Error('password=hunter2-of-nobody was refused');
			return await Promise.resolve();
		};
		expect(await chat.removeObjects(store, remove)).toEqual({ removed: amount - 23, pending: 23 });
		expect([tried.length, new Set(tried).size]).toEqual([amount, amount]);
		const left = await chat.getObjectRemovals(store);
		expect(left.every(({ path, attempts }) => isLost(path) && attempts === 1)).toBe(true);
		expect(left[0]?.lastError).toBe('password=*** was refused');
		expect(await chat.removeObjects(store, async () => await Promise.resolve())).toEqual({
			removed: 23,
			pending: 0,
		});
	});

	test('those of messages refused for want of consent are listed, and of what is known with other files', async () => {
		const known = message({ chat: club, sender: boris, ...files('known.png') });
		const hers = message({ chat: club, sender: anna });
		await chat.storeMessages(store, [known, hers]);
		await chat.setConsent(store, who, { purpose: 'chat_storage', granted: false, source: 'test' });
		const { sender: _, ...unsaid } = { ...edited(hers, 'no'), ...files('edit.png') };
		expect(
			await chat.storeMessages(store, [
				message({ chat: club, sender: anna, ...files('refused.png') }),
				unsaid,
				{ ...known, ...files('uploaded-again.png') },
				known,
			]),
		).toMatchObject([
			{ reason: 'consent' },
			{ reason: 'consent' },
			{ status: 'duplicate' },
			{ status: 'duplicate' },
		]);
		expect(await listed()).toEqual(['edit.png', 'refused.png', 'uploaded-again.png']);
	});
});
