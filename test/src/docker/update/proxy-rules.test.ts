import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ComposeProjects, updateContainer } from '../../../../src/docker';
import { inShop, useShop } from './shop';

const shop = useShop('proxy-rules');
const rules = readFileSync(join(__dirname, '../../../../docs/compose/haproxy.cfg'), 'utf8');

/** Whether the filtering proxy of the README lets a request through. */
function isAllowed(request: string): boolean {
	const [method = '', address = ''] = request.split(' ');
	const path = address.split('?')[0] ?? '';
	const named = new Map(
		[...rules.matchAll(/^\s*acl (\w+) path -m reg (\S+)$/gm)].map(([, name, pattern = '']) => [
			name,
			pattern,
		]),
	);
	const allowed = [...rules.matchAll(/^\s*http-request allow if (?:METH_(\w+)|\{ method (\w+) \}) (\w+)$/gm)];
	return allowed.some(
		([, word, other, name]) => (word ?? other) === method && new RegExp(named.get(name) ?? '(?!)').test(path),
	);
}

test('everything that updates and Compose projects ask of the engine passes the proxy of the README', async () => {
	await shop.run('shop-web-1', {
		...inShop('web', 'shop-web-1'),
		Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
	});
	const options = { pull: false, settleSeconds: 1, drainSeconds: 0 };
	await shop.release('2');
	await updateContainer(shop.connection(), 'shop-web-1', options);
	await shop.release('broken');
	await updateContainer(shop.connection(), 'shop-web-1', options);
	await updateContainer(shop.connection(), 'shop-web-1', { image: '127.0.0.1:9/shop/web:3' }).catch(() => {});
	const projects = new ComposeProjects(shop.connection());
	await projects.restart('shop', { graceSeconds: 0 });
	await projects.stop('shop', { graceSeconds: 0 });
	await projects.start('shop');
	const { requests } = shop.proxy;
	for (const part of ['/images/create', '/rename', '/connect', '/disconnect', '/logs'])
		expect(requests.some((request) => request.includes(part))).toBe(true);
	expect(requests.filter((request) => !isAllowed(request))).toEqual([]);
	expect(isAllowed('POST /v1.41/containers/prune')).toBe(false);
});
