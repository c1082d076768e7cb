import { runInNewContext } from 'node:vm';

import { loadWorkflows } from '../../../src/workflows';

/** What "Lay out the differences" makes of one. */
async function rowOf(difference: object): Promise<unknown> {
	const entry = (await loadWorkflows()).find(({ key }) => key === 'replay-rules');
	const node = entry?.workflow.nodes.find(({ name }) => name === 'Lay out the differences');
	const before = { outcome: 'ignore', team: null, rule: null };
	const whole = {
		decidedAt: '2026-03-02T09:00:00Z',
		conversationId: 1,
		id: 2,
		before,
		after: before,
		...difference,
	};
	const globals = { $input: { first: () => ({ json: { replayed: 1, differences: [whole] } }) } };
	const rows: unknown = runInNewContext(`(() => {${String(node?.parameters['jsCode'])}})()`, globals);
	return (JSON.parse(JSON.stringify(rows)) as [{ json: unknown }])[0].json;
}

test.each(['=HYPERLINK("https://evil.example")', '+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'])(
	'ED-32 a reason that begins as %j is no formula in the file',
	async (said) => {
		const row = await rowOf({ reasons: [said, 'more'], after: { outcome: 'route', team: 'a', rule: said } });
		expect(row).toMatchObject({ why: `'${said} more`, becauseOf: `'${said}`, after: 'route to a' });
	},
);

test('ED-32 other reasons stand in the file as they are', async () => {
	expect(await rowOf({ reasons: ['Rule "all" holds: 1 + 1 = 2.'] })).toMatchObject({
		...{ why: 'Rule "all" holds: 1 + 1 = 2.', before: 'ignore', byRule: '' },
	});
});
