import { runInNewContext } from 'node:vm';

import { loadWorkflows } from '../../../src/workflows';

/** What the node that words the alerts makes of an item of Heal. */
async function wordedBy(key: string, json: object): Promise<unknown[]> {
	const entry = (await loadWorkflows()).find((one) => one.key === key);
	const node = entry?.workflow.nodes.find(({ name }) => name === 'Word the alerts');
	const settings = { first: () => ({ json: { severity: 'critical', tellRestarts: false } }) };
	const globals = { $: () => settings, $input: { all: () => [{ json }] } };
	const worded: unknown = runInNewContext(`(() => {${String(node?.parameters['jsCode'])}})()`, globals);
	return JSON.parse(JSON.stringify(worded)) as unknown[];
}

const found = { condition: 'unknown', attempt: 0, resolved: false, changed: false, message: 'It is so.' };

describe.each(['check-containers-every-five-minutes', 'heal-containers-on-events'])('%s', (key) => {
	test.each(['left_by_backup', 'left_by_update', 'cut_short', 'state_unusable'])(
		'what Heal tells in every run (%s) is not repeated to people each time, and has a key of its own',
		async (reason) => {
			const item = { ...found, name: '', reason, alertKind: reason, alert: true };
			expect(await wordedBy(key, item)).toMatchObject([
				{ json: { status: 'firing', repeat: false, dedupeKey: `container:${reason}` } },
			]);
			expect(await wordedBy(key, { ...item, alert: false })).toEqual([]);
		},
	);

	test('what Heal tells once is sent whatever was sent before, by the name of its container', async () => {
		const item = { ...found, name: 'web', reason: 'quarantined', alertKind: 'quarantine', alert: true };
		expect(await wordedBy(key, item)).toMatchObject([
			{ json: { status: 'firing', repeat: true, dedupeKey: 'container:web' } },
		]);
		const end = { ...item, alert: false, alertKind: null, resolved: true };
		expect(await wordedBy(key, end)).toMatchObject([
			{ json: { status: 'resolved', repeat: true, dedupeKey: 'container:web' } },
		]);
	});
});
