import { sharedN8n } from '../support/n8n/shared';
import { nodeOf } from './backing-up';
import { HelpDesk } from './help-desk';

const client = sharedN8n();

/** The desk with another way of deciding. */
const deskWith = (
	name: string,
	parameters: Record<string, unknown>,
	settings: Record<string, unknown> = {},
): Promise<HelpDesk> =>
	HelpDesk.open(client, name, {
		settings,
		change: (key, workflow) => {
			if (key !== 'route-messages') return;
			const node = nodeOf(workflow, 'Decide what to do');
			Object.assign(node, { parameters: { ...node.parameters, ...parameters }, waitBetweenTries: 100 });
		},
	});

test('a decision that fails brings the message to the desk undecided, is an alert, and the timer runs', async () => {
	const desk = await deskWith('undecided', { rulesFrom: 'json', rulesJson: '{ "rules": [{ "id": "?" }] }' });
	try {
		await desk.write({ chatId: 21, text: 'Where is my invoice?' });
		await desk.until(desk.desk, 'Where is my invoice?');
		expect(await desk.alert('Eva could not decide on a message')).toMatchObject({ severity: 'critical' });
		expect(JSON.stringify(desk.alerts)).not.toContain('Where is my invoice?');
		await desk.untilTimer('Where is my invoice?', 'running');
	} finally {
		await desk.close();
	}
});

test('ED-27 on trial nothing is sent to anybody, and timers start as without Eva', async () => {
	const desk = await deskWith('on-trial', {}, { shadow: true });
	try {
		await desk.write({ chatId: 22, text: 'Where is my contract?' });
		await desk.write({ chatId: 22, text: 'Thanks!' });
		await desk.untilTimer('Where is my contract?', 'running');
		const shadows = await desk.stand.supabase.exec('select is_shadow from opsdesk.decisions');
		expect(shadows).toContainEqual({ is_shadow: true });
		expect(desk.cloud.taken).toEqual([]);
		expect(desk.alerts).toEqual([]);
	} finally {
		await desk.close();
	}
});

test('on trial what cannot be decided is an alert, and nobody gets it', async () => {
	const wrong = { rulesFrom: 'json', rulesJson: '{ "rules": [{ "id": "?" }] }' };
	const desk = await deskWith('trial-undecided', wrong, { shadow: true });
	try {
		await desk.write({ chatId: 23, text: 'Where is my order?' });
		const alert = await desk.alert('Eva could not decide on a message');
		expect(alert.message).toContain('This is a trial');
		await desk.untilTimer('Where is my order?', 'running');
		expect(await desk.stand.supabase.exec('select 1 from opsdesk.handovers')).toEqual([]);
		expect(desk.cloud.taken).toEqual([]);
	} finally {
		await desk.close();
	}
});
