import { freePort } from '../support/free-port';
import { sharedN8n } from '../support/n8n/shared';
import { checkOnce, remove, select, serve, type Served } from './served';

const client = sharedN8n();
const set = `page-${process.pid}`;
let served: Served[] = [];

beforeAll(async () => {
	const alert = { failures: 1 };
	await checkOnce(client, set, [
		{ name: 'Shop <front>', type: 'http', url: `${client.url}/healthz`, alert },
		{ name: 'Queue', type: 'tcp', host: '127.0.0.1', port: await freePort(), alert },
	]);
});

afterEach(async () => {
	for (const one of served) await remove(client, one);
	served = [];
});

async function page(settings: object, ...more: Parameters<typeof serve>[3][]) {
	const one = await serve(client, 'publish-status-page', { sets: set, ...settings }, ...more);
	served.push(one);
	return {
		ask: async (headers: Record<string, string> = {}) =>
			await client.callWebhook(one.path, { method: 'GET', headers }),
		id: one.id,
	};
}

test('the page shows what is well and what is not, loads nothing, and may be kept for a moment', async () => {
	const { ask } = await page({ title: 'Our sites', cacheSeconds: 20 });
	const { status, headers, text } = await ask();
	expect(status).toBe(200);
	expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
	expect(headers.get('cache-control')).toBe('public, max-age=20');
	expect(headers.get('x-content-type-options')).toBe('nosniff');
	expect(headers.get('x-frame-options')).toBe('DENY');
	// n8n sets a header of its own that shuts pages in.
	expect(headers.get('content-security-policy')).toMatch(/^sandbox /);
	expect(text).toContain(`http-equiv="Content-Security-Policy" content="default-src 'none';`);
	expect(text).toMatch(/^<!doctype html>[^]*<h1>Our sites<\/h1>[^]*1 check fails/);
	expect(text).toContain('Shop &lt;front&gt;');
	expect(text).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)|<link|<img/i);
});

test('HC-28: it tells neither hosts nor ports unless that is wanted', async () => {
	const { ask } = await page({});
	expect((await ask()).text).not.toContain('127.0.0.1');
	const detailed = await page({ details: true });
	const answer = await detailed.ask();
	expect(answer.text).toContain('127.0.0.1');
	expect(answer.headers.get('cache-control')).toBe('private, max-age=30');
});

test('a set of which nothing is known is shown as such, and never as well', async () => {
	const { ask } = await page({ sets: `${set}, nobody-checks-this` });
	expect((await ask()).text).toContain('nothing was checked yet of nobody-checks-this');
	const alone = await page({ sets: 'nobody-checks-this' });
	expect((await alone.ask()).text).toMatch(/class="unknown"[^]*Nothing was checked yet/);
});

test('what cannot be told is answered as such, without what stands in the error', async () => {
	const { ask } = await page({ sets: '../../etc' });
	const answer = await ask();
	expect([answer.status, answer.text]).toEqual([503, 'The status is not known at the moment.']);
	expect(answer.headers.get('cache-control')).toBe('no-store');
});

test('with a credential nobody sees it without', async () => {
	const credential = await client.createCredential('Key of the page', 'httpHeaderAuth', {
		name: 'X-Page-Key',
		value: 'a-long-random-value',
	});
	const { ask } = await page({}, (workflow) => {
		const hook = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.webhook');
		if (hook) hook.parameters['authentication'] = 'headerAuth';
		select(workflow, 'When the page is asked for', credential);
	});
	const refused = await ask();
	expect(refused.status).toBe(403);
	expect(refused.text).not.toContain('Shop');
	const seen = await ask({ 'X-Page-Key': 'a-long-random-value' });
	expect(seen.status).toBe(200);
	// No proxy may give it to others.
	expect(seen.headers.get('cache-control')).toBe('private, no-store');
});
