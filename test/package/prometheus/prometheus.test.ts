import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

import { backupMetrics } from '../../../src/backup';
import { checkMetrics, getReport } from '../../../src/check';
import { healMetrics } from '../../../src/docker';
import { FileStateStore } from '../../../src/shared';
import { askPromtool } from '../../support/promtool';
import { Scope } from '../../support/scope';

const docs = join(__dirname, '../../../docs');
const rules = join(docs, 'prometheus/alerts.yml');
const namePattern = /\bopsdesk_[a-z0-9_]+/g;

let scope: Scope;
/** Everything that Get Metrics can tell. */
let exposed: Set<string>;

beforeAll(async () => {
	scope = await Scope.open('prometheus');
	const store = new FileStateStore(scope.emptyFolder());
	const families = [
		...checkMetrics(await getReport(store, 'none')),
		...backupMetrics([]),
		...(await healMetrics(store)),
	];
	exposed = new Set(families.map(({ name }) => name));
});
afterAll(() => scope.close());

const target = z.looseObject({
	expr: z.string(),
	refId: z.string(),
	datasource: z.looseObject({ uid: z.string() }),
});
const panel = z.looseObject({
	id: z.number().int(),
	title: z.string().min(1),
	type: z.string(),
	gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
	datasource: z.looseObject({ uid: z.string() }).optional(),
	targets: z.array(target).default([]),
});
const dashboardSchema = z.looseObject({
	id: z.null(),
	uid: z.string().regex(/^[a-z-]{1,40}$/),
	templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
	panels: z.array(panel).min(1),
});
const dashboard = dashboardSchema.parse(
	JSON.parse(readFileSync(join(docs, 'prometheus/dashboard.json'), 'utf8')),
);

test('the rules are rules, and tell what they should and when', async () => {
	expect(await askPromtool(['check', 'rules', rules])).toMatchObject({ code: 0 });
	const { code, said } = await askPromtool(['test', 'rules', join(__dirname, 'alerts.test.yml')]);
	expect([code, said]).toEqual([0, expect.stringContaining('SUCCESS')]);
});

test('each rule has a test that sees it raised, and asks only for what there is', () => {
	const text = readFileSync(rules, 'utf8');
	const tests = readFileSync(join(__dirname, 'alerts.test.yml'), 'utf8');
	const names = [...text.matchAll(/- alert: (\w+)/g)].flatMap(([, name]) => name ?? []);
	expect(names.length).toBeGreaterThan(10);
	for (const name of names)
		expect([name, new RegExp(`alertname: ${name}\\n\\s+exp_alerts:\\n\\s+- exp_labels`).test(tests)]).toEqual(
			[name, true],
		);
	for (const name of `${text}${tests}`.match(namePattern) ?? []) expect(exposed).toContain(name);
});

test('docs/metrics.md explains every metric, and no other', () => {
	const explained = readFileSync(join(docs, 'metrics.md'), 'utf8').match(namePattern) ?? [];
	expect([...new Set(explained)].sort()).toEqual([...exposed].sort());
});

test('the dashboard asks for what there is, in the language of Prometheus', async () => {
	const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
	expect(queries.length).toBeGreaterThan(10);
	for (const query of queries) {
		expect([query, query.match(namePattern)?.length]).not.toEqual([query, undefined]);
		for (const name of query.match(namePattern) ?? []) expect(exposed).toContain(name);
	}
	const file = join(scope.emptyFolder(), 'queries.json');
	const asRules = queries.map((expr, index) => ({
		record: `query:${index}`,
		expr: expr.replace(/\$\w+/g, '.*'),
	}));
	// JSON is YAML too.
	writeFileSync(file, JSON.stringify({ groups: [{ name: 'queries', rules: asRules }] }));
	expect(await askPromtool(['check', 'rules', file])).toMatchObject({ code: 0 });
});

test('the dashboard fits any Grafana: one chosen data source, panels of their own that do not overlap', () => {
	const { panels, templating } = dashboard;
	const variables = templating.list.map(({ name }) => name);
	expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
	for (const { type, datasource, targets, title } of panels) {
		if (type === 'row') continue;
		expect([title, datasource?.uid]).toEqual([title, '${datasource}']);
		for (const query of targets) {
			expect(query.datasource.uid).toBe('${datasource}');
			for (const [, name] of query.expr.matchAll(/\$(\w+)/g)) expect(variables).toContain(name);
		}
		expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
	}
	const numbers = panels.map(({ id }) => id);
	expect(new Set(numbers).size).toBe(numbers.length);
	const taken = new Set<string>();
	for (const { gridPos, title } of panels) {
		expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
		for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
			for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
				expect([title, taken.has(`${x} ${y}`)]).toEqual([title, false]);
				taken.add(`${x} ${y}`);
			}
		}
	}
});
