import { fingerprint, optionalNodes } from '../../../src/workflows/canonical';
import { mergeChoices } from '../../../src/workflows/merge';
import type { Workflow } from '../../../src/workflows/model';

const workflow = (parameters: Record<string, unknown>, credentials?: Record<string, unknown>): Workflow => ({
	id: 'one',
	name: 'Look after sites',
	connections: {},
	nodes: [
		{
			...{ id: 'check', name: 'Run the checks', type: 'n8n-nodes-opsdesk.siteCheck', typeVersion: 1 },
			position: [0, 0],
			parameters: { operation: 'runChecks', ...parameters },
			...(credentials && { credentials }),
		},
	],
});
const print = (of: Workflow): string => fingerprint(of, { ids: new Map(), optionalNodes: new Set() });

test('the kinds of credentials that a user chooses for checks are no change by hand', () => {
	const shipped = print(workflow({ signInWith: [] }));
	expect(print(workflow({ signInWith: ['dockerApi'] }, { dockerApi: { id: '1', name: 'mine' } }))).toBe(
		shipped,
	);
	expect(print(workflow({ signInWith: [], set: 'another' }))).not.toBe(shipped);
});

test('a new version keeps them with the credentials', () => {
	const installed = workflow({ signInWith: ['redis'], set: 'old' }, { redis: { id: '1', name: 'mine' } });
	expect(mergeChoices(workflow({ signInWith: [], set: 'new' }), installed).nodes).toMatchObject([
		{
			parameters: { operation: 'runChecks', signInWith: ['redis'], set: 'new' },
			credentials: { redis: { id: '1', name: 'mine' } },
		},
	]);
	expect(mergeChoices(workflow({ signInWith: [] }), workflow({})).nodes).toMatchObject([
		{ parameters: { signInWith: [] } },
	]);
});

const door = (authentication?: string, type = 'n8n-nodes-base.webhook'): Workflow => ({
	...workflow({}),
	nodes: [
		{
			...{ id: 'door', name: 'When it is asked for', type, typeVersion: 2, position: [0, 0] },
			parameters: { path: 'status', ...(authentication !== undefined && { authentication }) },
		},
	],
});

test('who may call a webhook that is shipped open is the user’s choice; one that is shipped locked stays locked', () => {
	const as = (shipped: Workflow, installed: Workflow): boolean => {
		const options = { ids: new Map<string, string>(), optionalNodes: optionalNodes(shipped) };
		return fingerprint(shipped, options) === fingerprint(installed, options);
	};
	expect(as(door(), door('basicAuth'))).toBe(true);
	expect(as(door('none'), door('headerAuth'))).toBe(true);
	expect(as(door('headerAuth'), door('none'))).toBe(false);
	expect(mergeChoices(door(), door('basicAuth')).nodes).toMatchObject([
		{ parameters: { authentication: 'basicAuth' } },
	]);
	expect(mergeChoices(door('headerAuth'), door('none')).nodes).toMatchObject([
		{ parameters: { authentication: 'headerAuth' } },
	]);
});
