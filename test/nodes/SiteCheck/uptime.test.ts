import { SiteCheck } from '../../../nodes/SiteCheck/SiteCheck.node';
import { FileStateStore } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { History } from '../../../src/check/history';
import type { IDataObject, INode } from 'n8n-workflow';
import { runWorkflow, type WorkflowRun } from '../../support/in-process';

const type = 'n8n-nodes-opsdesk.siteCheck';
let scope: Scope;
let state: string;

beforeAll(async () => {
	scope = await Scope.open('site-check-uptime');
	state = scope.emptyFolder();
	process.env['OPSDESK_STATE'] = state;
});
afterAll(async () => {
	delete process.env['OPSDESK_STATE'];
	await scope.close();
});

const node = (name: string, nodeType: string, extra: Partial<INode> = {}): INode => ({
	...{ id: name, name, type: nodeType, typeVersion: 1, position: [0, 0], parameters: {} },
	...extra,
});

async function uptime(parameters: IDataObject): Promise<WorkflowRun> {
	const checked = { operation: 'getUptime', set: 'sites', ...parameters } as INode['parameters'];
	const workflow = {
		nodes: [node('Start', 'n8n-nodes-base.manualTrigger'), node('Check', type, { parameters: checked })],
		connections: { Start: { main: [[{ node: 'Check', type: 'main' as const, index: 0 }]] } },
	};
	return await runWorkflow(workflow, { nodeTypes: { [type]: SiteCheck } });
}

test('the last month is that of the time zone, and a time of the user can be given', async () => {
	const hour = 3_600_000;
	const at = Date.UTC(2026, 0, 10, 12);
	await new History(new FileStateStore(state), 'sites').add(
		[at, at + hour].map((instant) => ({
			...{ key: 'Page', at: instant, level: 'ok' as const, latencyMs: 5, recent: [instant - hour, instant] },
			previous: { at: instant - hour, level: instant === at ? 'critical' : 'ok', isMaintenance: false },
		})),
		at,
	);
	const [between] = (
		await uptime({ period: 'between', from: '2026-01-10T11:00:00Z', to: '2026-01-10T13:00:00Z' })
	).json('Check');
	// Hours that are long gone count with their day only.
	expect(between).toMatchObject({ from: '2026-01-10T11:00:00.000Z', to: '2026-01-10T13:00:00.000Z' });
	const [days] = (
		await uptime({ period: 'between', from: '2026-01-10T00:00:00Z', to: '2026-01-12T00:00:00Z' })
	).json('Check');
	expect(days).toMatchObject({ checks: [{ key: 'Page', uptimePercent: 50 }] });
	const options = { timeZone: 'Pacific/Kiritimati' };
	const [month] = (await uptime({ period: 'lastMonth', options })).json('Check');
	expect(month).toMatchObject({ timeZone: 'Pacific/Kiritimati', outages: [] });
	expect(month?.['to']).toMatch(/T10:00:00\.000Z$/);
});

test.each([
	[{ period: 'between', from: '={{ "" }}', to: '2026-01-01' }, '"From" is missing'],
	[{ period: 'between', from: '2026-01-02', to: '2026-01-01' }, '"To" is not later than "From"'],
	[{ options: { timeZone: 'Mars/Olympus' } }, '"Time Zone"'],
	[{ options: { mostOutages: -1 } }, '"Most Outages"'],
	[{ set: '../x' }, 'not the name of a set'],
])('HC-29: what makes no sense is an error that names the field: %j', async (parameters, message) => {
	expect((await uptime(parameters)).error?.message).toContain(message);
});
