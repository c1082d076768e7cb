import { createHash, randomUUID } from 'node:crypto';

import { placeHold, storeMessages } from '../../src/chat';
import type { Store } from '../../src/store';
import { message } from '../src/chat/messages';
import { openStand, type Stand } from '../src/store/stand';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { nodeOf } from './backing-up';
import { Checking, pathOf } from './checking';

const client = sharedN8n();
const formPath = `privacy-${randomUUID()}`;
const key = 'answer-privacy-requests';
const authorization = `Basic ${Buffer.from('desk:a long password').toString('base64')}`;
let stand: Stand;
let store: Store;
let tenant: string;
let checking: Checking;

beforeAll(async () => {
	stand = await openStand('privacy-requests');
	tenant = await stand.tenant();
	store = stand.open('supabase', { tenant });
	checking = await Checking.install(client);
	const [supabase, form, call] = [
		await client.createCredential(`Store ${tenant}`, 'supabaseApi', {
			...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
			allowedHttpRequestDomains: 'all',
		}),
		await client.createCredential(`Form ${tenant}`, 'httpBasicAuth', {
			user: 'desk',
			password: 'a long password',
		}),
		await client.createCredential(`Call ${tenant}`, 'httpHeaderAuth', { name: 'x-key', value: 'k1' }),
	];
	await checking.setUp(key, { tenant }, (workflow) => {
		const trigger = nodeOf(workflow, 'When somebody asks');
		trigger.credentials = { httpBasicAuth: pick(form) };
		// n8n tells forms and webhooks apart by their paths alone.
		trigger.parameters['options'] = { ...(trigger.parameters['options'] as object), path: formPath };
		nodeOf(workflow, 'When a program asks').credentials = { httpHeaderAuth: pick(call) };
		for (const node of workflow.nodes)
			if (node.type.endsWith('.supabaseChatStore')) node.credentials = { supabaseApi: pick(supabase) };
	});
});

afterAll(async () => {
	await checking?.remove();
	await stand?.close();
});

const pick = ({ id, name }: { id: string; name: string }) => ({ id, name });

/** Somebody who has written twice. */
async function somebody(id: string): Promise<void> {
	const sender = { id, name: `Person ${id}` };
	await storeMessages(store, [message({ chat: { id }, sender }), message({ chat: { id }, sender })]);
}

const messagesOf = async (id: string) =>
	await stand.supabase.exec(
		`select m.id from opsdesk.messages m join opsdesk.identities i on i.id = m.sender_id
		where m.tenant_id = $1 and i.external_id = $2`,
		[tenant, id],
	);

async function call(body: object, headers: Record<string, string> = { 'x-key': 'k1' }): Promise<Response> {
	return await fetch(`${client.url}/webhook/${pathOf(checking.idOf(key))}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(body),
	});
}

const answerTo = async (body: object): Promise<unknown> => await (await call(body)).json();

const asked = (personId: string, more: object = {}) => ({
	...{ request: 'erase', platform: 'telegram', personId, by: 'portal', reference: 'ticket 812' },
	...more,
});

/** Fills in a page as a browser does, and reads the one after it. */
async function fillIn(
	url: string,
	values: string[],
): Promise<{ url: string; text: string; response: Response }> {
	const body = new FormData();
	for (const [index, value] of values.entries()) body.append(`field-${index}`, value);
	const sent = await fetch(url, { method: 'POST', body, headers: { authorization } });
	expect(sent.status).toBe(200);
	const answer = (await sent.json().catch(() => ({}))) as { formWaitingUrl?: string };
	const next = answer.formWaitingUrl ?? url;
	const status = new URL(next);
	status.pathname += '/n8n-execution-status';
	await poll(15_000, async () =>
		['form-waiting', 'success'].includes(await (await fetch(status)).text()) ? true : undefined,
	);
	const response = await fetch(next, { headers: { authorization } });
	return { url: next, text: await response.clone().text(), response };
}

const formUrl = () => `${client.url}/form/${formPath}`;

test('a program hears what would go, and only with the ID a second time it goes', async () => {
	await somebody('101');
	expect(await answerTo(asked('101'))).toMatchObject({
		...{ status: 202, outcome: 'Confirm it' },
		counts: expect.objectContaining({ messages: 2 }),
	});
	expect(await answerTo(asked('101', { confirm: '102' }))).toMatchObject({ status: 202 });
	expect(await messagesOf('101')).toHaveLength(2);
	expect(await answerTo(asked('101', { confirm: '101' }))).toMatchObject({
		...{ status: 200, outcome: 'The person was erased' },
		message: expect.stringMatching(/Receipt [0-9a-f-]{36}\. n8n itself still holds .* for \d+ hours/),
	});
	expect(await messagesOf('101')).toEqual([]);
	const again = await answerTo(asked('101', { confirm: '101' }));
	expect(again).toMatchObject({ outcome: 'It was done before' });
});

test('the team hears of an erasure, and not of whom', async () => {
	await somebody('55501718');
	const [receiver] = checking.receivers;
	const before = receiver?.taken.length ?? 0;
	await call(asked('55501718', { confirm: '55501718', reference: 'ticket of 55501718' }));
	const told = receiver?.taken.slice(before) ?? [];
	expect(told).toHaveLength(1);
	const text = JSON.stringify(told);
	expect(text).toContain('A person was erased');
	expect(text).not.toMatch(/55501718|Person/);
});

test('a person in the team confirms on a second page; another ID there changes nothing', async () => {
	await somebody('201');
	const words = 'Put a pseudonym in place of a person';
	const answers = [words, 'telegram', '201', '', 'Ada', 'ticket 813'];
	const first = await fillIn(formUrl(), answers);
	expect(first.text).toContain('2 messages and 0 files are theirs');
	const wrong = await fillIn(first.url, ['202']);
	expect(wrong.text).toContain('Nothing was changed');
	const second = await fillIn(formUrl(), answers);
	const done = await fillIn(second.url, ['201']);
	expect(done.text).toContain('The person was given a pseudonym');
	expect(await messagesOf('201')).toEqual([]);
});

test('everything about a person comes as a file, from the form and from the address', async () => {
	await somebody('301');
	const file = (await answerTo(asked('301', { request: 'export' }))) as { ndjson: string; sha256: string };
	const lines = file.ndjson.trim().split('\n');
	expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
		...['profile', 'message', 'message', 'end'],
	]);
	const body = lines.slice(0, -1).map((line) => `${line}\n`);
	expect(createHash('sha256').update(body.join('')).digest('hex')).toBe(file.sha256);
	const page = await fillIn(formUrl(), [
		'Everything about a person, as a file',
		'telegram',
		'301',
		'',
		'Ada',
		'',
	]);
	expect(page.text).toContain('2 messages, 0 former versions');
	expect(page.text).toContain('export.ndjson');
});

test('what cannot be done is said with its reason, and who has no key is refused', async () => {
	expect((await call(asked('401', { confirm: '401' }), {})).status).toBe(403);
	expect((await fetch(formUrl())).status).toBe(401);
	expect(await answerTo(asked('404', { confirm: '404' }))).toMatchObject({
		...{ status: 404, outcome: 'Nobody is known by that ID' },
	});
	expect(await answerTo(asked('401', { request: 'explode' }))).toMatchObject({
		...{ status: 400, message: expect.stringContaining('export, erase or anonymise') },
	});
	await somebody('402');
	await placeHold(store, { identity: { platform: 'telegram', id: '402' } }, 'case 12');
	expect(await answerTo(asked('402', { confirm: '402' }))).toMatchObject({
		...{ status: 409, message: expect.stringContaining('case 12') },
	});
});

test('CS-34 no execution of it is kept that went well', async () => {
	const kept = await client.executions(checking.idOf(key));
	expect(kept.filter(({ status }) => status === 'success')).toEqual([]);
});
