import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

import { TelegramCloud } from '../support/channels/telegram-cloud';
import { outputItems } from '../support/n8n/executions';
import { startN8n, type N8n } from '../support/n8n/host';
import { pinnedNode, repositoryRoot } from '../support/n8n/paths';
import { poll } from '../support/n8n/poll';
import type { WorkflowJson, WorkflowNode } from '../support/n8n/workflow';
import { Scope } from '../support/scope';
import { startSupabase, type Supabase } from '../support/supabase';

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
const part = /\n## Ten minutes to a working help desk\n[\s\S]*?(?=\n## )/.exec(readme)?.[0] ?? '';
/** What is typed at the prompt of the container; step 1 and step 3. */
const [making = '', importing = ''] = [...part.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines = '']) =>
	lines.replace(/^ +/gm, '').replace(/^docker compose .*\n/m, ''),
);

/** Words that a reader finds there. */
function told(words: string): string {
	expect(part.replace(/\s+/g, ' ')).toContain(words);
	return words;
}

const group = -100_777;
const client = 42;
let scope: Scope;
let supabase: Supabase;
let n8n: N8n;
let cloud: TelegramCloud;

beforeAll(async () => {
	scope = await Scope.open('ten-minutes');
	const env = Object.fromEntries(
		['WEBHOOK_URL=https://n8n.example.com/', 'N8N_PROXY_HOPS=1'].map((line) => told(line).split('=')),
	) as Record<string, string>;
	[supabase, cloud, n8n] = await Promise.all([
		startSupabase(scope),
		TelegramCloud.start(),
		startN8n(scope, { env, timeoutMs: 180_000 }),
	]);
});

afterAll(async () => {
	await cloud?.cloud.stop();
	await scope?.close();
});

/** @param answers what is entered where the commands ask */
async function shell(commands: string, answers: string[]): Promise<string> {
	const [path, home] = [`${dirname(pinnedNode)}:${process.env.PATH ?? ''}`, n8n.userFolder];
	const env = { ...process.env, PATH: path, HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' };
	const running = promisify(execFile)('sh', ['-ec', commands], { env, cwd: home });
	running.child.stdin?.end(answers.map((answer) => `${answer}\n`).join(''));
	return (await running).stdout;
}

async function makeStore(): Promise<void> {
	const address = new URL(supabase.ownerUrl);
	const { password } = address;
	address.password = '';
	const shown = told('postgresql://postgres@db.example.com:5432/postgres');
	await shell(making.replace(shown, address.href), [decodeURIComponent(password)]);
	await supabase.schemaReloaded();
}

/** @param more behind the command that imports */
async function importWorkflows(more = ''): Promise<void> {
	const [named = ''] = /^opsdesk\(\).*$/m.exec(making) ?? [];
	const commands = importing.replace(told('http://localhost:5678'), n8n.client.url).trimEnd();
	await shell([named, `${commands} ${more}`].join('\n'), [n8n.client.apiKey]);
}

async function workflowId(name: string): Promise<string> {
	const schema = z.object({ data: z.array(z.object({ id: z.string(), name: z.string() })) });
	const { data } = await n8n.client.publicApi('workflows?limit=100', schema);
	const found = data.find((workflow) => workflow.name === told(name));
	if (!found) throw new Error(`n8n has no workflow "${name}".`);
	return found.id;
}

/** What somebody does in the editor, and saves. */
async function edit(
	name: string,
	change: (node: (name: string) => WorkflowNode, workflow: WorkflowJson) => void,
): Promise<void> {
	const id = await workflowId(name);
	const workflow = await n8n.client.rest(`workflows/${id}`, z.custom<WorkflowJson>());
	change((wanted) => {
		const found = workflow.nodes.find((node) => node.name === told(wanted));
		if (!found) throw new Error(`"${name}" has no node "${wanted}".`);
		return found;
	}, workflow);
	await n8n.client.updateWorkflow(id, workflow);
}

let last = 1000;
async function writes(chatId: number, text: string, replyTo?: number): Promise<void> {
	last += 1;
	const date = Math.floor(Date.now() / 1000);
	const isGroup = chatId === group;
	const chat = { id: chatId, ...(isGroup ? { type: 'supergroup', title: 'Team' } : { type: 'private' }) };
	const bot = { id: Number.parseInt(cloud.token), is_bot: true, first_name: 'Eva' };
	const message = {
		...{ message_id: last, date, chat, text },
		from: {
			is_bot: false,
			...(isGroup ? { id: 5, first_name: 'Boris' } : { id: client, first_name: 'Anna' }),
		},
		...(replyTo !== undefined && { reply_to_message: { message_id: replyTo, date, chat, from: bot } }),
	};
	const update = { update_id: 800_000 + last, message };
	expect((await cloud.webhook.deliver(update, { origin: n8n.client.url })).status).toBe(200);
}

const heard = (chatId: number, words: string) =>
	cloud.taken.filter((one) => one.chatId === String(chatId) && one.text.includes(words));

/** @returns the number of the first message with these words */
async function hears(chatId: number, words: string): Promise<number> {
	const found = await poll(40_000, () => Promise.resolve(heard(chatId, words)[0]));
	if (!found) throw new Error(`Nobody told ${chatId} "${words}": ${JSON.stringify(cloud.taken)}`);
	return found.id;
}

/** Until Eva has looked at messages with this text. */
async function decided(text: string, ...expected: object[]): Promise<void> {
	const rows = await poll(40_000, async () => {
		const found = await supabase.exec(
			`select d.outcome, d.decided_by as by from opsdesk.decisions d join opsdesk.messages m on m.id = d.message_id
			where m.content = $1 order by d.id`,
			[text],
		);
		return found.length === expected.length ? found : undefined;
	});
	expect(rows).toEqual(expected);
}

test('from nothing to a message that Eva hands to the group, and an answer from there, as the README tells', async () => {
	await makeStore();
	const everywhere = { allowedHttpRequestDomains: 'all' };
	await n8n.client.createCredential(told('Help desk store'), 'supabaseApi', {
		...{ host: supabase.url, serviceRole: supabase.secretKey, ...everywhere },
	});
	await n8n.client.createCredential(told('Help desk bot'), 'telegramApi', {
		...{ accessToken: cloud.token, baseUrl: cloud.cloud.url, ...everywhere },
	});
	await importWorkflows();
	await edit('Send outbox', (node) => delete node('Send due on Telegram').disabled);
	await importWorkflows(told('--publish'));
	await poll(20_000, () => Promise.resolve(cloud.webhook.set.url || undefined));
	expect(cloud.webhook.set.url).toContain('https://n8n.example.com/');

	await writes(group, told('/help'));
	const relay = 'Relay operator replies';
	// So that what the button shows can be read here.
	await edit(relay, (_, { settings }) => Object.assign(settings ?? {}, { saveManualExecutions: true }));
	const id = await workflowId(relay);
	const press = () => n8n.client.run(id, { trigger: told('Save the desk') });
	const shown = await poll(30_000, async () => {
		const [row] = outputItems(await press(), 'Show what to fill in');
		return row && 'deskChatId' in row.json ? row.json : undefined;
	});
	expect(shown).toMatchObject({ title: 'Team', deskPlatform: 'telegram', deskChatId: String(group) });
	await edit(relay, (node) => {
		const { assignments } = node('Settings').parameters['assignments'] as {
			assignments: { name: string; value: unknown }[];
		};
		for (const one of assignments) one.value = shown?.[one.name] ?? one.value;
		for (const one of assignments) if (one.name === told('anyoneInDesk')) one.value = true;
	});
	expect((await press()).status).toBe('success');

	await edit('Receive Telegram messages', (node) => {
		for (const name of ['Let Eva decide', 'Relay it to the client']) delete node(name).disabled;
	});
	await edit('Route messages', (node) => delete node('When clients have written').disabled);
	for (const name of ['Route messages', 'Receive Telegram messages'])
		await n8n.client.activate(await workflowId(name));

	await writes(client, '/start');
	await decided('/start', { outcome: 'ignore', by: 'rule' });
	await writes(client, told('Where is my invoice?'));
	const card = await hears(group, 'Where is my invoice?');
	const [first] = cloud.taken;
	expect(first).toMatchObject({ id: card });
	expect(first?.text).toContain('Anna');
	expect(first?.text).toContain('Why: ');
	await writes(group, 'It was sent on Monday.', card);
	await hears(client, 'It was sent on Monday.');

	await writes(client, told('thanks'));
	await hears(group, 'thanks');
	await writes(group, told('/back'), card);
	await hears(group, 'is handed back');
	await writes(client, 'thanks');
	await decided('thanks', { outcome: 'ignore', by: 'guard' }, { outcome: 'ignore', by: 'rule' });
	await writes(group, '/help');
	await hears(group, 'the client gets it.');
	expect(heard(group, 'thanks')).toHaveLength(1);
	expect(cloud.taken.filter(({ chatId }) => chatId === String(client))).toHaveLength(1);
});
