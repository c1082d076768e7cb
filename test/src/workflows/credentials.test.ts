import {
	fingerprint,
	loadWorkflows,
	namedCredentials,
	optionalNodes,
	selectCredentials,
	type Workflow,
} from '../../../src/workflows';

const bot = { id: 'b', name: 'Bot', type: 'telegramApi' };
const supabase = { id: 's', name: 'Store', type: 'supabaseApi' };
const postgres = { id: 'p', name: 'Database', type: 'postgres' };

const shipped = async (wanted: string): Promise<Workflow> => {
	const found = (await loadWorkflows()).find(({ key }) => key === wanted);
	if (!found) throw new Error(`There is no workflow ${wanted}.`);
	return found.workflow;
};
const selectedIn = ({ nodes }: Workflow): Record<string, string[]> =>
	Object.fromEntries(
		nodes.flatMap(({ name, credentials }) => (credentials ? [[name, Object.keys(credentials)]] : [])),
	);

test('each node gets what it needs, and no other node anything', async () => {
	const { workflow, selected } = selectCredentials(await shipped('receive-telegram-messages'), [
		bot,
		supabase,
	]);
	expect(selectedIn(workflow)).toEqual({
		'When somebody writes to the bot': ['telegramApi', 'supabaseApi'],
		'When n8n has an update': ['telegramApi'],
		'Store the update': ['supabaseApi'],
		'Store the message': ['supabaseApi'],
	});
	expect(selected).toBe(5);
	const outbox = selectCredentials(await shipped('send-outbox'), [bot, supabase]).workflow;
	expect(selectedIn(outbox)).toMatchObject({
		'Send due on Telegram': ['telegramApi', 'supabaseApi'],
		'Send due by SMS': ['supabaseApi'],
	});
	expect(selectedIn(selectCredentials(await shipped('send-alert'), [bot, supabase]).workflow)).toEqual({});
});

test('what a user has selected stays, also for another kind of store', async () => {
	const first = selectCredentials(await shipped('receive-sms'), [postgres]).workflow;
	const again = selectCredentials(first, [{ ...postgres, id: 'other' }, supabase]);
	expect(again.selected).toBe(0);
	expect(again.workflow).toEqual(first);
});

test('a Postgres credential changes how the nodes sign in, and the workflow counts as unchanged all the same', async () => {
	const before = await shipped('receive-sms');
	const { workflow } = selectCredentials(before, [postgres]);
	expect(workflow.nodes.find(({ name }) => name === 'Store the message')?.parameters).toMatchObject({
		authentication: 'postgres',
	});
	const options = { ids: new Map<string, string>(), optionalNodes: optionalNodes(before) };
	expect(fingerprint(workflow, options)).toBe(fingerprint(before, options));
});

test('a credential is found by its name or ID; one that is missing, or two for the same nodes, are refused by name', () => {
	expect(namedCredentials([bot, supabase], ['s', 'Bot'])).toEqual([supabase, bot]);
	expect(() => namedCredentials([bot, supabase], ['Shop'])).toThrow('n8n has no credential "Shop".');
	expect(() => namedCredentials([supabase, postgres], ['Store', 'Database'])).toThrow(
		'Several credentials are for the store.',
	);
	expect(() => namedCredentials([bot, { ...bot, id: 'c' }], ['Bot'])).toThrow(
		'Several credentials are called "Bot".',
	);
});
