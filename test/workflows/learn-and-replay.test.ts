import { randomBytes } from 'node:crypto';

import { storeMessages } from '../../src/chat';
import { decideStored, getSpamModels, giveFeedback } from '../../src/decide';
import type { Store } from '../../src/store';
import { openStand, type Stand } from '../src/store/stand';
import { RecordingServer } from '../support/doubles/recording-server';
import type { StoredCredential } from '../support/n8n/client';
import { executionError, outputItems } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting } from './alerting';
import type { ReceivedAlert } from './backing-up';
import { setUpWorkflow } from './docker-workflow';

const client = sharedN8n();
const newId = (): string => randomBytes(8).toString('hex');
const ids = { 'learn-from-feedback-nightly': newId(), 'replay-rules': newId() };
const others = { rules: [{ id: 'all', outcome: 'ignore', reason: 'tried out' }] };
let stand: Stand;
let store: Store;
let receiver: RecordingServer;
let alerting: Alerting;
let credential: StoredCredential;

/** The words of clients, and whether a person calls them spam. */
const said: [string, boolean][] = [
	['Win a free watch now, only today', true],
	['Free crypto profit, click now', true],
	['Cheap loans, click and win', true],
	['Where is my invoice for March?', false],
	['Can you send the contract again?', false],
	['When do you open tomorrow?', false],
];

beforeAll(async () => {
	stand = await openStand('learn-and-replay');
	store = stand.open('postgres');
	receiver = await RecordingServer.start(() => ({ status: 204 }));
	alerting = await Alerting.install(client, {
		targets: [{ name: 'learning', channel: 'webhook', to: receiver.url }],
	});
	credential = await client.createCredential(`store ${newId()}`, 'supabaseApi', {
		...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
		allowedHttpRequestDomains: 'all',
	});
	await setRight(said);
	for (const [key, id] of Object.entries(ids))
		await setUpWorkflow(client, {
			...{ key, id, alerting, credential },
			settings: { fewestExamples: 6, rules: JSON.stringify(others) },
			// So that a run can be looked at.
			change: (workflow) => {
				workflow.settings = { ...workflow.settings, saveManualExecutions: true };
			},
		});
});

afterAll(async () => {
	for (const id of Object.values(ids)) await client.deleteWorkflow(id);
	await alerting?.remove();
	if (credential) await client.deleteCredential(credential.id);
	await receiver?.stop();
	await stand?.close();
});

let clients = 0;
/** Messages of clients, each of its own, and what a person calls them. */
async function setRight(words: [string, boolean][]): Promise<void> {
	const stored = await storeMessages(
		store,
		words.map(([text]) => {
			clients += 1;
			const who = { id: `c${clients}` };
			return {
				platform: 'telegram',
				id: '1',
				chat: who,
				sender: who,
				sentAt: new Date().toISOString(),
				text,
			};
		}),
	);
	for (const [index, { id: messageId }] of stored.entries()) {
		if (messageId === undefined) throw new Error('A message was not stored.');
		const { id: decisionId } = await decideStored(store, { messageId });
		await giveFeedback(store, { decisionId, by: 'Olga', isSpam: words[index]?.[1] ?? false });
	}
}

const learn = async (): Promise<Record<string, unknown> | undefined> => {
	const run = await client.run(ids['learn-from-feedback-nightly'], {
		trigger: 'Learn now',
		timeoutMs: 60_000,
	});
	expect(executionError(run)?.message).toBeUndefined();
	return outputItems(run, 'Return the outcome')[0]?.json;
};

test('ED-31 what people have set right becomes a new spam model, which is told once; without news nothing is told', async () => {
	expect(await learn()).toMatchObject({
		outcome: 'learnt',
		examples: 6,
		spam: 3,
		corrected: 6,
		isActive: true,
	});
	expect(await learn()).toMatchObject({ outcome: 'nothing new' });
	expect(receiver.requests.map(({ body }) => (body as ReceivedAlert).title)).toEqual([
		'Eva judges spam by model 1 now',
	]);
	expect((await getSpamModels(store)).items).toMatchObject([{ number: 1, isActive: true }]);
});

test('ED-32 other rules are tried on what was decided: a table and a file of the differences, and nothing is sent or recorded', async () => {
	const count = async (table: string): Promise<unknown> =>
		await stand.supabase.exec(`select count(*)::int as count from opsdesk.${table}`);
	const before = [await count('decisions'), await count('outbox')];
	const run = await client.run(ids['replay-rules'], { trigger: 'Replay now', timeoutMs: 60_000 });
	expect(executionError(run)?.message).toBeUndefined();
	const rows = outputItems(run, 'Lay out the differences').map(({ json }) => json);
	// What looked like spam at a first contact was left alone before.
	expect(rows).toHaveLength(3);
	expect(rows[0]).toMatchObject({
		before: 'escalate',
		after: 'ignore',
		becauseOf: 'all',
		why: 'Rule "all" holds: tried out.',
	});
	expect(outputItems(run, 'Return the totals')).toMatchObject([
		{
			json: {
				replayed: 6,
				different: 3,
				withoutWords: 0,
				changes: [{ before: 'escalate', after: 'ignore', count: 3 }],
			},
			binary: { data: { fileName: 'replay.csv', mimeType: 'text/csv' } },
		},
	]);
	expect([await count('decisions'), await count('outbox')]).toEqual(before);
});

test('ED-31 a new model that is worse is kept and not used, with both figures and the reason', async () => {
	await setRight([
		...['north', 'south', 'east', 'west'].map((bank): [string, boolean] => [
			`Unpaid parcel fee of the ${bank}`,
			true,
		]),
		['Where is the unpaid parcel fee of the contract?', false],
	]);
	expect(await learn()).toMatchObject({
		...{ outcome: 'kept aside', number: 2, isActive: false, activation: 'worse' },
		heldOut: { model: { hamBlocked: 1 }, active: { hamBlocked: 0 } },
		reason: expect.stringContaining('The active model stays'),
	});
	expect(receiver.requests.map(({ body }) => (body as ReceivedAlert).title).at(-1)).toBe(
		'Eva does not use spam model 2: it is worse than the present one',
	);
	expect((await getSpamModels(store)).items).toMatchObject([{ isActive: false }, { isActive: true }]);
});
